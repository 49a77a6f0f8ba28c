"""What is sent by itself when something happens."""

from collections.abc import Mapping, Set

from editions.choices import EmailType, Severity, TriggerEvent
from editions.healthcheck.places import rows_of
from editions.healthcheck.registry import Category, Noted, Rows, check
from editions.healthcheck.setup import Setup
from editions.healthcheck.texts import languages_missing
from editions.healthcheck.trying import why_not_made
from editions.models import EmailMessage, Trigger

ALWAYS = {EmailType.REMINDER, EmailType.OTHER, EmailType.USER_PORTAL_ACCESS}
RECEIPTS = {EmailType.RECEIPT, EmailType.RECEIPT_ONLINE}
FITTING: Mapping[str, Set[str]] = {
    TriggerEvent.ORDER_CONFIRMED: ALWAYS | RECEIPTS,
    TriggerEvent.ORDER_COMPLETED: ALWAYS | RECEIPTS,
    TriggerEvent.ORDER_CANCELLED: ALWAYS,
    TriggerEvent.REFUND_PROCESSED: ALWAYS | {EmailType.REFUND_CONFIRMATION},
    TriggerEvent.PURCHASE_USED: ALWAYS,
}
"""The types of message that make sense when something happens. Campaigns are sent by hand alone."""


@check(
    Category.EMAILS,
    Severity.WARNING,
    message="A trigger sends a message of a type that doesn't go with what happens: {notes}.",
    suggestion="Choose another message for the trigger.",
    place=rows_of(Trigger),
)
def trigger_sends_what_fits(setup: Setup) -> Rows:
    """Every trigger that is on sends a message whose type goes with what happens."""
    for trigger in setup.active_triggers:
        if trigger.email_message.type not in FITTING[trigger.event]:
            yield Noted(trigger, f"{trigger.email_message} at {trigger.get_event_display()}")


@check(
    Category.EMAILS,
    Severity.WARNING,
    message="A trigger sends a message without a subject or texts in the default language: {names}.",
    suggestion="Write the subject and every block of the message in the default language, or switch the trigger off.",
    place=rows_of(EmailMessage),
)
def trigger_message_is_written(setup: Setup) -> Rows:
    """What triggers that are on send has a subject and content in the default language."""
    for trigger in setup.active_triggers:
        if languages_missing(trigger.email_message, [setup.default_language]):
            yield trigger.email_message


@check(
    Category.EMAILS,
    Severity.WARNING,
    message="A trigger sends nothing, because its message can't be made: {names}.",
    suggestion="Mend the text at the place named beside the message, or switch the trigger off.",
    place=rows_of(EmailMessage),
)
def trigger_message_can_be_made(setup: Setup) -> Rows:
    """What triggers that are on send can be made of an order of many lines, in every language."""
    for message in dict.fromkeys(trigger.email_message for trigger in setup.active_triggers):
        if why_not := why_not_made(message, setup, type_=EmailType(message.type)):
            yield Noted(message, why_not)


@check(
    Category.EMAILS,
    Severity.INFO,
    message="Switched off: {notes}.",
    suggestion="Switch on the triggers that should send their messages, and delete the others.",
    place=rows_of(Trigger),
)
def trigger_is_active(setup: Setup) -> Rows:
    """Every trigger is switched on."""
    for trigger in setup.triggers:
        if not trigger.is_active:
            yield Noted(trigger, f"{trigger.email_message} at {trigger.get_event_display()}")
