"""The order in which customers read the consents of an organization."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from consents.models import Consent
from consents.operations.soundness import TEXTS
from editions.models import Edition
from editions.operations.locking import require_open
from preo.accounts.models import Organization, StaffUser
from preo.errors import InvalidField
from preo.recording import operation
from preo.webhooks.outbox import announce

MOST_AT_ONCE = 500
MEMBER = "consent_ids"


@operation
def arrange_consents(
    organization: Organization, *, order: Sequence[str], by: StaffUser | None, now: datetime
) -> list[Consent]:
    """Put these consents first, in this order, and every other one of the organization behind them as it stood.

    Versions of a consent stand together: those not named go with one that is. Consents of archived editions stay as
    they are. That `by` is a manager is the caller's check. Returns the named ones, in their order. Raises InvalidField
    that names each position as `consent_ids.<index>`; EditionArchived. Rule: "The order of consents" in docs/rules.md.
    """
    archived = _hold_editions(organization)
    rows = {row.pk: row for row in _held(organization)}
    _require_known(order, rows)
    for named in order:
        _require_movable(rows[named], archived)
    moved = list(_moved(order, [row for row in rows.values() if not _editions_of(row) & archived.keys()], now=now))
    Consent.objects.bulk_update(moved, ["order", "modified"])
    if moved:
        ids = {"organization_id": organization.pk, "consent_ids": [row.pk for row in sorted(moved, key=_place)]}
        announce("consent.rearranged", ids, organization_id=organization.pk, edition_id=None, now=now)
    return [rows[named] for named in order]


def _hold_editions(organization: Organization) -> dict[str, Edition]:
    """Lock every edition of the organization, in the order of their ids; the archived ones."""
    editions = Edition.objects.select_for_update(no_key=True).filter(organization=organization).order_by("pk")
    return {edition.pk: edition for edition in editions if edition.is_archived}


def _held(organization: Organization) -> list[Any]:
    """Every consent of the organization, locked, each with the editions of its products; as they stand now."""
    of_products = Edition.objects.filter(products__consents=OuterRef("pk")).order_by().distinct().values("pk")
    rows = Consent.objects.select_for_update(of=("self",)).filter(organization=organization).order_by("pk")
    rows = rows.defer(*TEXTS).annotate(product_edition_ids=ArraySubquery(of_products))
    return sorted(rows, key=_place)


def _place(consent: Consent) -> tuple[int, str]:
    return consent.order, consent.pk


def _require_known(order: Sequence[str], rows: Mapping[str, Consent]) -> None:
    """Raises InvalidField."""
    if len(order) > MOST_AT_ONCE:
        raise InvalidField(MEMBER, "too_many", f"Name at most {MOST_AT_ONCE}.")
    for index, named in enumerate(order):
        if named not in rows:
            raise InvalidField(f"{MEMBER}.{index}", "unknown", "The organization has no such consent.")
        if named in order[:index]:
            raise InvalidField(f"{MEMBER}.{index}", "repeated", "Each consent is named once.")


def _require_movable(consent: Any, archived: Mapping[str, Edition]) -> None:
    """Raises EditionArchived."""
    for edition_id in _editions_of(consent) & archived.keys():
        require_open(archived[edition_id])


def _editions_of(consent: Any) -> set[str]:
    return {consent.edition_id, *consent.product_edition_ids} - {None}


def _moved(order: Sequence[str], rows: Sequence[Consent], *, now: datetime) -> Iterator[Consent]:
    """The rows whose number changed, with the new one."""
    places = {named: place for place, named in enumerate(order)}
    lines = {row.line_id: places[row.pk] for row in rows if row.pk in places}
    behind = count(len(order))
    for row in rows:
        if row.line_id not in lines:
            lines[row.line_id] = next(behind)
        place = places.get(row.pk, lines[row.line_id])
        if row.order != place:
            row.order, row.modified = place, now
            yield row
