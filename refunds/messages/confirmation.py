"""The confirmation of a refund, and what messages about one say."""

from collections.abc import Mapping
from typing import Any

from editions.messages.letters import amount, day, letter
from orders.messages import name_of, variables_of
from preo.mail.letters import Letter, NothingToSend, renderer
from preo.mail.models import OutgoingMail
from refunds.models import RefundRequest

CONFIRMATION = "refund_confirmation"


def refund_variables_of(refund: RefundRequest, *, language: str = "en") -> Mapping[str, Any]:
    """The values of the documented variables. Needs `order` with what its own need, and `purchase`."""
    processed_at = refund.refund_date or refund.modified
    return {
        **variables_of(refund.order, language=language),
        "refund": {
            "amount": amount(refund.amount_minor, refund.currency, language=language),
            "reason": refund.get_reason_display(),
            "date": day(processed_at, refund.order.edition, language=language),
            "product": name_of(refund.purchase) if refund.purchase else "",
        },
    }


@renderer(CONFIRMATION)
def refund_confirmation(mail: OutgoingMail) -> Letter:
    """That money went back to the customer."""
    joined = ("order__customer", "order__edition__organization", "order__edition__event", "purchase")
    refund = RefundRequest.objects.select_related(*joined).filter(pk=mail.about).first()
    if refund is None:
        raise NothingToSend("The refund is gone.")
    return letter(mail, edition=refund.order.edition, variables=refund_variables_of(refund, language=mail.language))
