"""Telling the customer that a refund went through."""

from datetime import datetime

from editions.messages.letters import language_for
from preo.mail.operations import Mail, queue_mail
from refunds.messages import CONFIRMATION
from refunds.models import RefundRequest


def queue_confirmation(refund: RefundRequest, *, now: datetime) -> None:
    """Queue the confirmation of a processed refund, if its edition sends any and the customer has an address.

    A step of the operation that processed it; needs `edition` and `order__customer`. A refund is confirmed once, also
    when it fails late and goes through after all.
    """
    message, customer = refund.edition.refund_confirmation_email_id, refund.order.customer
    if not (message and customer.email):
        return
    mail = Mail(
        organization_id=refund.organization_id,
        kind=CONFIRMATION,
        about=refund.pk,
        key=f"{CONFIRMATION}:{refund.pk}",
        email_message_id=message,
        to_address=customer.email,
        language=language_for(customer, refund.edition),
    )
    queue_mail(mail, now=now)
