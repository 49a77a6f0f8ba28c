"""Telling customers that a refund went through."""

from collections.abc import Iterable
from datetime import datetime

from editions.messages.letters import language_for
from preo.mail.operations import Mail, queue_mails
from refunds.messages import CONFIRMATION
from refunds.models import RefundRequest


def queue_confirmations(refunds: Iterable[RefundRequest], *, now: datetime) -> None:
    """Queue the confirmation of each processed refund whose edition sends any and whose customer has an address.

    A step of the operation that processed them; needs `edition` and `order__customer`. A refund is confirmed once,
    also when it fails late and goes through after all.
    """
    mails = [mail for refund in refunds if (mail := _confirmation_of(refund))]
    if mails:
        queue_mails(mails, now=now)


def _confirmation_of(refund: RefundRequest) -> Mail | None:
    message, customer = refund.edition.refund_confirmation_email_id, refund.order.customer
    if not (message and customer.email):
        return None
    return Mail(
        organization_id=refund.organization_id,
        kind=CONFIRMATION,
        about=refund.pk,
        key=f"{CONFIRMATION}:{refund.pk}",
        email_message_id=message,
        to_address=customer.email,
        language=language_for(customer, refund.edition),
    )
