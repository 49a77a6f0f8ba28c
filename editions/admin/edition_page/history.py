"""Who changed what of an edition and of everything that hangs on it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import nlargest
from typing import Any

import pghistory
from django.db.models import Model

from editions.admin.edition_page.catalog import catalog_models
from editions.models import Edition, Option, Product, Variant
from preo.audit.trail import Entry, Step, told

MOST = 100
INSERT, DELETE = pghistory.InsertEvent.label, pghistory.DeleteEvent.label


def history_of(edition: Edition) -> list[Entry]:
    """The newest changes, also of rows that are gone. Some queries for each kind of row, however many rows."""
    steps = [step for model, within in _places(edition) for step in _steps(model, within)]
    newest = nlargest(MOST, steps, key=lambda step: (step.event.pgh_created_at, step.event.pgh_id))
    return told(newest, currency=edition.currency, in_full=True, call=_called)


def _places(edition: Edition) -> Iterator[tuple[type[Model], dict[str, Any]]]:
    """Every kind of row, with what tells the history of this edition's rows from others'."""
    of_products = {"product_id__in": _table(Product).objects.filter(edition_id=edition.pk).values("id")}
    yield Edition, {"id": edition.pk}
    yield from ((model, {"edition_id": edition.pk}) for model in catalog_models())
    yield from ((model, of_products) for model in (Variant, Option))


def _table(model: type[Model]) -> Any:
    return model._meta.get_field("history").related_model


def _steps(model: type[Model], within: dict[str, Any]) -> Iterator[Step]:
    """Each of the newest events with the row as it was and as it became.

    An event holds the row as it was before; what it became is in the next event of the row, or in the row itself.
    """
    events = list(_table(model).objects.filter(**within).select_related("pgh_context").order_by("-pgh_id")[:MOST])
    by_row: dict[str, list[Any]] = defaultdict(list)
    for event in events:
        by_row[event.id].append(event)
    there = model._base_manager.in_bulk(list(by_row))
    for key, of_row in by_row.items():
        yield from _steps_of_row(model, of_row, there.get(key))


def _steps_of_row(model: type[Model], newest_first: Sequence[Any], row: Model | None) -> Iterator[Step]:
    after: Any = row
    for event in newest_first:
        subject = row or _as_it_was(model, event)
        before = None if event.pgh_label == INSERT else event
        yield Step(event, subject, before, None if event.pgh_label == DELETE else after)
        after = event


def _as_it_was(model: type[Model], event: Any) -> Model:
    """A row that is gone, from its history."""
    columns = [field.attname for field in model._meta.concrete_fields]
    return model(**{name: getattr(event, name) for name in columns if hasattr(event, name)})


def _called(row: Model) -> str:
    kind = str(row._meta.verbose_name).capitalize()
    return kind if isinstance(row, Edition) else f"{kind} {row}"
