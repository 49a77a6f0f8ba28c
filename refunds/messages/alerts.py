"""Letters to staff about refunds that went wrong: what happened, in whose words, and what to do next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode, urljoin

from django.conf import settings
from django.urls import reverse

from editions.models import Edition
from preo.mail.letters import Letter, NothingToSend, Sender, renderer
from preo.mail.models import OutgoingMail
from preo.mail.rendering import Content, render
from preo.public_ids import decode
from refunds.models import OutsideMovement, RefundBatch, RefundRequest
from refunds.states import RefundStatus

LANGUAGE = "en"


class AlertKind(StrEnum):
    """What staff are told of. The value is the kind of the mail."""

    FAILED = "refund_failed"
    FAILED_LATE = "refund_failed_late"
    CONTRADICTED = "refund_contradicted"
    UNKNOWN = "refund_stays_unknown"
    SILENT = "refund_without_an_answer"
    UNCOVERED = "refund_not_covered"
    PAID_TWICE = "refund_paid_twice"
    OVERDRAWN = "payment_overdrawn"
    CHARGEBACK = "payment_charged_back"


@dataclass(frozen=True, slots=True)
class Words:
    """An alert in words; `happened` is about one refund, `several` about many of an edition."""

    title: str
    happened: str
    several: str
    what_next: str


WORDS: Mapping[AlertKind, Words] = {
    AlertKind.FAILED: Words(
        "A refund failed",
        "{{ provider }} did not carry out the refund of {{ amount }} for order {{ order }}. "
        "Nothing was paid, and the amount is free again.",
        "Refunds of {{ edition }} failed. Nothing was paid for them, and their amounts are free again.",
        "Try again once the reason is out of the way, or ask for another refund.",
    ),
    AlertKind.FAILED_LATE: Words(
        "A refund came back",
        "The refund of {{ amount }} for order {{ order }} was paid, and now {{ provider }} says that it failed after "
        "all. The money is with you again, while the customer may believe that it is on its way.",
        "Refunds of {{ edition }} were paid and failed after all. The money is with you again, while the customers may "
        "believe that it is on its way.",
        "Tell the customer, and try again or pay in another way.",
    ),
    AlertKind.CONTRADICTED: Words(
        "A failed refund seems to be paid",
        "{{ provider }} says that it paid the refund of {{ amount }} for order {{ order }}, which it had said to have "
        "failed. The books here count it as moved outside.",
        "Providers say that they paid refunds of {{ edition }} which they had said to have failed. The books here "
        "count them as moved outside.",
        "Compare it with the provider's own records before anything of this payment is paid again.",
    ),
    AlertKind.UNKNOWN: Words(
        "Nobody knows whether a refund was paid",
        "{{ provider }} has not said what became of the refund of {{ amount }} for order {{ order }}, and by now it "
        "can't be sent again without the risk of paying twice.",
        "Providers have not said what became of refunds of {{ edition }}, and by now they can't be sent again without "
        "the risk of paying twice.",
        "Look for it in the provider's own records. Until it is found the amount stays reserved.",
    ),
    AlertKind.SILENT: Words(
        "A provider does not say whether a refund was paid",
        "{{ provider }} has not said for a day what became of the refund of {{ amount }} for order {{ order }}. It is "
        "asked again and again, and nothing is paid twice.",
        "Providers have not said for a day what became of refunds of {{ edition }}. They are asked again and again, "
        "and nothing is paid twice.",
        "See whether the credentials of the merchant account are in order, and look for the refund in the provider's "
        "own records. After seven days an admin can record what they say.",
    ),
    AlertKind.UNCOVERED: Words(
        "A payment no longer covers a refund",
        "Money of order {{ order }} went back at {{ provider }} without us, and what is left of the payment is less "
        "than the refund of {{ amount }} needs.",
        "Money of orders of {{ edition }} went back at the providers without us, and what is left of the payments is "
        "less than refunds need.",
        "Find out what was paid back there, and reject or call off what is no longer owed.",
    ),
    AlertKind.PAID_TWICE: Words(
        "Money went back twice",
        "The refund of {{ amount }} for order {{ order }} was paid, and then more of the same payment went back at "
        "{{ provider }} without us. Together that is more than the customer had paid.",
        "Refunds of {{ edition }} were paid, and then more of the same payments went back at the providers without us. "
        "Together that is more than the customers had paid.",
        "Look it up in the provider's own records. Where it was a chargeback, tell the provider of the refund: that "
        "may win the dispute.",
    ),
    AlertKind.OVERDRAWN: Words(
        "More went back than was paid",
        "{{ amount }} of order {{ order }} went back at {{ provider }} without us. Together with what went back before "
        "that is more than the customer had paid.",
        "Money of orders of {{ edition }} went back at the providers without us, and by now it is more than the "
        "customers had paid.",
        "Look it up in the provider's own records. Where it was a chargeback, tell the provider of what went back "
        "before: that may win the dispute.",
    ),
    AlertKind.CHARGEBACK: Words(
        "A customer's bank took a payment back",
        "{{ amount }} of order {{ order }} went back to the customer through {{ provider }}, because the customer's "
        "bank asked for it. It counts as moved outside.",
        "Customers' banks took payments for orders of {{ edition }} back. They count as moved outside.",
        "See in the provider's own records why, and until when you may object. Don't refund the same besides.",
    ),
}


def alert_letter(mail: OutgoingMail) -> Letter:
    """About one refund or movement, or all of an edition or mass refund that went one way. Raises NothingToSend."""
    words = WORDS[AlertKind(mail.kind)]
    prefix, _ = decode(mail.about)
    about_one = prefix in ("rfd", "out")
    told = _TOLD_OF[prefix](mail.about)
    subject = f"{words.title}: order {{{{ order }}}}" if about_one else f"{words.title}: {{{{ edition }}}}"
    text = words.happened if about_one else f"{words.several} {{{{ count }}}}"
    content = Content(
        {LANGUAGE: subject},
        [
            {"type": "heading", "text": {LANGUAGE: words.title}},
            {"type": "text", "html": {LANGUAGE: _paragraphs(text, words.what_next)}},
            {"type": "button", "label": {LANGUAGE: "Open"}, "url": {LANGUAGE: "{{ address }}"}},
        ],
    )
    rendered = render(content, language=LANGUAGE, fallback=LANGUAGE, variables=told, image_url=lambda _: None)
    return Letter(rendered, Sender(*parseaddr(settings.DEFAULT_FROM_EMAIL)))


for kind in AlertKind:
    renderer(kind)(alert_letter)


def _paragraphs(text: str, what_next: str) -> str:
    reason = "{% if reason != '' %}<p>In its words: {{ reason }}</p>{% endif %}"
    return f"<p>{text}</p>{reason}<p><strong>What to do:</strong> {what_next}</p>"


def _of_refund(refund_id: str) -> dict[str, Any]:
    joined = ("order", "transaction", "edition__event")
    refund = RefundRequest.objects.select_related(*joined).filter(pk=refund_id).first()
    if refund is None:
        raise NothingToSend("The refund is gone.")
    attempt = refund.attempts.order_by("number").last()
    return {
        "provider": refund.transaction.service.capitalize(),
        "amount": refund.amount.formatted(),
        "order": str(refund.order),
        "edition": str(refund.edition),
        "reason": attempt.message.strip() if attempt else "",
        "address": _address("admin:refunds_refundrequest_change", refund.pk),
    }


def _of_movement(movement_id: str) -> dict[str, Any]:
    movement = OutsideMovement.objects.select_related("transaction__order__edition__event").get(pk=movement_id)
    order = movement.transaction.order
    return {
        "provider": movement.transaction.service.capitalize(),
        "amount": movement.amount.formatted(),
        "order": str(order),
        "edition": str(order.edition),
        "reason": movement.message.strip(),
        "address": _address("admin:orders_order_change", order.pk),
    }


def _of_batch(batch_id: str) -> dict[str, Any]:
    batch = RefundBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise NothingToSend("The mass refund is gone.")
    return _of_edition(batch.edition_id, batch=batch)


def _of_edition(edition_id: str, *, batch: RefundBatch | None = None) -> dict[str, Any]:
    """Counted as the letter is made, so that it tells of all that came together in the meantime."""
    edition = Edition.objects.select_related("event").filter(pk=edition_id).first()
    if edition is None:
        raise NothingToSend("The edition is gone.")
    failed = RefundRequest.objects.filter(edition=edition, status=RefundStatus.FAILED)
    count = (failed.filter(batch=batch) if batch else failed).count()
    where = "this mass refund" if batch else "this edition"
    query = urlencode({"show": "failed", "edition__id__exact": edition.pk})
    return {
        "edition": str(edition),
        "count": f"As of now {count} of {where} {'stands' if count == 1 else 'stand'} as failed.",
        "reason": "",
        "address": f"{_address('admin:refunds_refundrequest_changelist')}?{query}",
    }


_TOLD_OF: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "rfd": _of_refund,
    "out": _of_movement,
    "rfb": _of_batch,
    "edt": _of_edition,
}
"""By what the letter is about, which the kind of its id says."""


def _address(name: str, *arguments: str) -> str:
    return str(urljoin(settings.PUBLIC_URL, reverse(name, args=arguments)))
