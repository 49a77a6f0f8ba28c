"""Where a message is in use, told as what stands in the way of changing it."""

from django.db.models import Q

from editions.models import Edition, EmailMessage, Trigger
from preo.errors import Problem
from preo.mail.models import OutgoingMail

IN_USE = "email_message_in_use"

CONFIRMATIONS = {
    "transaction_receipt_email_id": "sends it as its receipt",
    "refund_confirmation_email_id": "sends it as its refund confirmation",
}
"""Settings of an edition that name a message, and in words what for."""


def confirmations_of(message: EmailMessage) -> list[Problem]:
    """The editions that send the message by themselves, once for each setting that names it."""
    named = Q()
    for setting in CONFIRMATIONS:
        named |= Q(**{setting: message.pk})
    editions = Edition.objects.filter(named).select_related("event").order_by("id")
    return [
        Problem(setting, IN_USE, f"{edition} ({edition.pk}) {what_for}.")
        for edition in editions
        for setting, what_for in CONFIRMATIONS.items()
        if getattr(edition, setting) == message.pk
    ]


def triggers_of(message: EmailMessage) -> list[Problem]:
    """The triggers that send the message, switched on or not."""
    triggers = Trigger.objects.filter(email_message=message).select_related("edition__event").order_by("id")
    return [Problem("triggers", IN_USE, _sentence(trigger)) for trigger in triggers]


def mails_of(message: EmailMessage) -> list[Problem]:
    """The mails that are still to be made of the message, as one problem."""
    count = OutgoingMail.objects.unsent().filter(email_message_id=message.pk).count()
    if not count:
        return []
    subject = "1 mail that is still to be sent is" if count == 1 else f"{count} mails that are still to be sent are"
    return [Problem("mails", IN_USE, f"{subject} made of it.")]


def uses_of(message: EmailMessage) -> list[Problem]:
    """All that stands in the way of deleting the message. Three queries."""
    return [*confirmations_of(message), *triggers_of(message), *mails_of(message)]


def _sentence(trigger: Trigger) -> str:
    what = f"the trigger “{trigger.get_event_display()}” ({trigger.pk})"
    return f"{trigger.edition} ({trigger.edition_id}) sends it by {what}."
