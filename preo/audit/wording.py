"""What operations are called in the trail."""

from collections.abc import Mapping

from django.utils.text import capfirst

from preo.audit.kinds import model_of
from preo.audit.models import AuditEvent

OF_ITSELF: Mapping[str, str] = {
    "_finish_plan": "Plan finished",
    "_plan_some": "Mass refund planned",
    "_request_some": "Refunds of a mass refund made",
    "complete_if_done": "Everything done",
    "begin_attempts": "Refund sent out",
    "record_outcomes": "Answer of the payment provider noted",
    "record_answer": "Answer of the payment provider noted",
    "record_movement": "Money moved outside noted",
    "record_imported_orders": "Orders imported",
    "_queue_missing": "Missing receipts queued",
    "claim": "Mail taken up for sending",
    "record_sent": "Mail sent",
    "put_off": "Mail put off",
    "fail": "Mail given up",
    "receive_events": "Event of a payment provider received",
    "conclude": "Event of a payment provider matched",
    "take_up": "Payment provider asked",
    "take_up_events": "Events of payment providers looked at",
    "leave_alone": "Payment provider to be asked later",
    "raise_alarm": "Staff alerted",
    "record_health": "Health check noted",
    "refresh_search_text": "Search made to find it",
    "note_orders": "Orders of customers counted",
    "find_or_create_customers": "Customers found or created",
    "find_or_create_products": "Products found or created",
}
"""What the system does by itself, in words; what people do is named as they know it."""

OF_CONSENTS: Mapping[str, str] = dict.fromkeys(("record_answer", "record_answers"), "Answer to a consent recorded")
"""The same of consents, where the name means something else."""

OF_PEOPLE: Mapping[str, str] = {
    "_begin_export": "Export customer",
    "_complete_export": "Export customer",
    "look_again": "Look at an event again",
    "set_aside": "Set an event aside",
    "settle_by_hand": "Settle refund by hand",
    "pay_otherwise": "Refund in another way",
}
"""Where the name alone says too little."""


def operation_in_words(event: AuditEvent) -> str:
    """What is done to rows of any kind is told with the kind."""
    consents = OF_CONSENTS if event.object_type.startswith("consents.") else {}
    for words in (consents, OF_ITSELF, OF_PEOPLE):
        if event.operation in words:
            return words[event.operation]
    one, several = _kind_of(event)
    words_of_it = event.operation or event.get_action_display()
    told = words_of_it.replace("_rows", f" {several}").replace("_row", f" {one}")
    return told.replace("_", " ").strip().capitalize()


def called_with(kind: str, name: str) -> str:
    """The kind and the name of a row, the kind only once."""
    return name if name.lower().startswith(f"{kind.lower()} ") else f"{capfirst(kind)} {name}"


def _kind_of(event: AuditEvent) -> tuple[str, str]:
    model = model_of(event.object_type)
    names = (model._meta.verbose_name, model._meta.verbose_name_plural) if model else ("row", "rows")
    return str(names[0]), str(names[1])
