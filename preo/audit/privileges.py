"""What the application's role may do with each table, as the models themselves declare it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from preo.firm_triggers import NeverChanged

READ = ("SELECT",)
EVERYTHING = ("SELECT", "INSERT", "UPDATE", "DELETE")
DATABASE_CACHE = "django.core.cache.backends.db.DatabaseCache"


def privileges_by_table() -> Mapping[str, tuple[str, ...]]:
    """Every table of the product, and no other: rows can be read and written but where something refuses that."""
    return dict(_of_tables())


def tables_by_privileges(existing: set[str]) -> Mapping[tuple[str, ...], list[str]]:
    """The same the other way around, of the tables that are there."""
    grouped: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for table, privileges in sorted(privileges_by_table().items()):
        if table in existing:
            grouped[privileges].append(table)
    return grouped


def privileges_on(model: type[Model]) -> tuple[str, ...]:
    """What the model says of itself as `application_may`, or else all that no trigger refuses in any case."""
    declared: tuple[str, ...] | None = getattr(model, "application_may", None)
    if declared is not None:
        return declared
    refused = {operation for trigger in getattr(model._meta, "triggers", ()) for operation in _refused_by(trigger)}
    return tuple(privilege for privilege in EVERYTHING if privilege not in refused)


def _of_tables() -> Iterator[tuple[str, tuple[str, ...]]]:
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy:
            yield str(model._meta.db_table), privileges_on(model)
    for cache in settings.CACHES.values():
        if cache["BACKEND"] == DATABASE_CACHE:
            yield cache["LOCATION"], EVERYTHING
    yield MigrationRecorder.Migration._meta.db_table, READ


def _refused_by(trigger: Any) -> list[str]:
    """Of triggers with a condition some rows may be changed."""
    refuses_always = isinstance(trigger, NeverChanged) or type(trigger) is pgtrigger.Protect
    return str(trigger.operation).split(" OR ") if refuses_always and trigger.condition is None else []
