"""Who changed what of an edition and of everything that hangs on it."""

from django.db.models import Model

from editions.admin.edition_page.catalog import catalog_models
from editions.models import Edition, Option, Variant
from preo.audit.models import AuditEvent
from preo.audit.steps import steps_of
from preo.audit.trail import Entry, told

MOST = 100


def history_of(edition: Edition) -> list[Entry]:
    """The newest changes, also of rows that are gone, but not of what was sold. One query for each kind of row."""
    models: list[type[Model]] = [Edition, *catalog_models(), Variant, Option]
    kinds = [model._meta.label_lower for model in models]
    events = AuditEvent.objects.filter(edition_id=edition.pk, object_type__in=kinds)
    newest = events.select_related("personal").order_by("-created", "-id")[:MOST]
    return told(steps_of(list(newest)), currency=edition.currency, in_full=True, call=_called)


def _called(row: Model) -> str:
    kind = str(row._meta.verbose_name).capitalize()
    return kind if isinstance(row, Edition) else f"{kind} {row}"
