"""Adding, changing and removing one row that an edition or an organization is set up with."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

from django.db.models import CASCADE, Field, ForeignObjectRel, QuerySet

from editions.events import tell_of
from editions.models import Category, Edition, Product
from editions.operations.catalog.constraints import explained
from editions.operations.catalog.soundness import require_sound
from editions.operations.locking import lock_edition, require_open
from preo.accounts.models import StaffUser
from preo.errors import DomainError, InvalidField
from preo.recording import operation
from preo.rows import Row

R = TypeVar("R", bound=Row)

OWNERS = ("edition", "organization", "product")


class StillInUse(DomainError):
    code = "still_in_use"


class NoLongerThere(DomainError):
    code = "no_longer_there"


@operation
def add_row(row: R, *, by: StaffUser, now: datetime, linked: Mapping[str, Any] | None = None) -> R:
    """Save a new row of an edition or organization; `linked` has the rows of its many-to-many fields.

    That `by` is a manager is the caller's check. Raises InvalidField, EditionArchived.
    Rule: "The catalog" in docs/rules.md.
    """
    hold_owner(row)
    require_sound(row, linked=linked or {})
    row.created = row.modified = now
    with explained():
        row.save(force_insert=True)
    link(row, linked or {})
    tell_of(row, "created", now=now)
    return row


@operation
def change_row(row: R, *, changes: Mapping[str, Any], by: StaffUser, now: datetime) -> R:
    """Set these fields, many-to-many ones among them, on the row as it is now; what was sold stays as it was.

    Holds the edition and the row. Raises InvalidField, EditionArchived, NoLongerThere.
    Rule: "The catalog" in docs/rules.md.
    """
    row = hold(row)
    changed = apply(row, changes)
    if changed:
        save_changed(row, changed, changes=changes, now=now)
        tell_of(row, "updated", changed=changed, now=now)
    return row


@operation
def remove_row(row: Row, *, by: StaffUser, now: datetime) -> None:
    """Delete the row with all that is only part of it.

    Raises StillInUse when anything sold or set up refers to it, EditionArchived, NoLongerThere.
    Rule: "The catalog" in docs/rules.md.
    """
    row = hold(row)
    if uses := list(uses_of(row)):
        advice = " Make it a draft instead." if hasattr(row, "is_draft") else ""
        raise StillInUse(f"{row} can't be deleted: {', '.join(uses)} refer to it.{advice}")
    tell_of(row, "deleted", now=now)
    row.delete()


def hold_owner(row: Row) -> None:
    """Lock the edition that the row belongs to, if it belongs to one, and let the row see it as it is now."""
    owner: Any = row
    edition = getattr(owner, "edition", None)
    if isinstance(edition, Edition):
        owner.edition = lock_edition(edition)
        require_open(owner.edition)


def hold(row: R) -> R:
    """The row as it is now, held with its edition until the surrounding transaction ends. Raises NoLongerThere."""
    hold_owner(row)
    fresh: Any = type(row)._base_manager.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if fresh is None:
        raise NoLongerThere(f"{row} was deleted meanwhile.")
    if hasattr(row, "edition"):
        fresh.edition = row.edition
    return fresh  # type: ignore[no-any-return]  # of the same class as the row


def apply(row: Row, changes: Mapping[str, Any]) -> list[str]:
    """Set the fields on the row; which of them differ from before. Raises InvalidField for what can't change."""
    changed = []
    for name, value in changes.items():
        field: Any = row._meta.get_field(name)
        if name in OWNERS:
            raise InvalidField(name, "frozen", "What a row belongs to never changes.")
        if field.many_to_many:
            before = {one.pk for one in getattr(row, name).all()}
            is_same = before == {one.pk for one in value}
        else:
            is_same = getattr(row, name) == value
            setattr(row, name, value)
        changed += [] if is_same else [name]
    return changed


def save_changed(row: Row, changed: list[str], *, changes: Mapping[str, Any], now: datetime) -> None:
    """Check and save the changed fields of a held row. Raises InvalidField."""
    linked = {name: changes[name] for name in changed if row._meta.get_field(name).many_to_many}
    require_sound(row, linked=linked)
    row.modified = now
    with explained():
        row.save(update_fields=[*(name for name in changed if name not in linked), "modified"])
    link(row, linked)


def link(row: Row, linked: Mapping[str, Any]) -> None:
    """Set these many-to-many fields."""
    for name, rows in linked.items():
        getattr(row, name).set(rows)


def uses_of(row: Row) -> Iterator[str]:
    """What refers to the row without being part of it, in words; apps above are known from the model."""
    if isinstance(row, Category):
        # Products outlive their category, so it is what was sold under it that counts.
        yield from _uses(Product.objects.filter(category=row), _references(Product))
        return
    kind = type(row)
    yield from _uses(kind._base_manager.filter(pk=row.pk), chain(_references(kind), _lists_above(kind)))


def _uses(rows: QuerySet[Any], relations: Iterable[Any]) -> Iterator[str]:
    for relation in relations:
        users = relation.related_model._base_manager
        if users.filter(**{f"{relation.field.name}__in": rows}).exists():
            yield str(relation.related_model._meta.verbose_name_plural)


def _references(model: type[Any]) -> Iterator[ForeignObjectRel]:
    """Foreign keys to the model whose rows are not part of its rows."""
    for relation in model._meta.get_fields(include_hidden=True):
        is_reference = isinstance(relation, ForeignObjectRel) and not relation.many_to_many
        if is_reference and relation.on_delete is not CASCADE and _is_enforced(relation.field):
            yield relation


def _lists_above(model: type[Any]) -> Iterator[Any]:
    """Lists that apps above keep of its rows: without its last one, "of these" would silently become "of all"."""
    for relation in model._meta.related_objects:
        if relation.many_to_many and relation.related_model._meta.app_label != model._meta.app_label:
            yield relation


def _is_enforced(field: Field[Any, Any]) -> bool:
    """Not a history's, which outlives the row."""
    return bool(getattr(field, "db_constraint", True))
