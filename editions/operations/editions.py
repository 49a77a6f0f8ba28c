"""Setting an edition up: creating it, and changing what it is set to."""

from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from editions.choices import CountryCode
from editions.events import tell
from editions.models import Edition, Event
from editions.operations.locking import lock_edition, require_open
from editions.operations.publishing import archive_edition, publish_edition, unarchive_edition, unpublish_edition
from editions.operations.slugs import take_slug, violated
from editions.operations.soundness import REFERENCES, localized, require_sound
from preo.accounts.models import StaffUser
from preo.errors import DomainError, InvalidField
from preo.money import Currency
from preo.recording import operation

CURRENCIES = {
    CountryCode.DK: Currency.DKK,
    CountryCode.SE: Currency.SEK,
    CountryCode.NO: Currency.NOK,
    CountryCode.PL: Currency.PLN,
    CountryCode.GB: Currency.GBP,
    CountryCode.US: Currency.USD,
}
"""What an edition sells in at first, by its country; elsewhere in euro."""

MOVES: Mapping[tuple[str, bool], Callable[..., Edition]] = {
    ("is_archived", True): archive_edition,
    ("is_archived", False): unarchive_edition,
    ("is_draft", True): unpublish_edition,
    ("is_draft", False): publish_edition,
}
"""Settings that are no settings but moves, each with what it takes."""

FROZEN = "edition_currency_is_frozen_once_ordered"


class CurrencyFrozen(DomainError):
    code = "currency_frozen"
    field = "currency"


@operation
def create_edition(event: Event, *, name: str, settings: Mapping[str, Any], by: StaffUser, now: datetime) -> Edition:
    """A new draft of the event's organization; its slug is made from the name, its currency from the country.

    `settings` are by the names of the model's fields; a date without an offset is in the edition's timezone. That
    `by` may create there is the caller's check. Raises InvalidField. Rule: "Settings" in docs/rules.md.
    """
    edition = Edition(event=event, organization=event.organization, name=name, created=now, modified=now)
    _set(edition, settings)
    edition.currency = settings.get("currency") or CURRENCIES.get(
        CountryCode(edition.default_country_code), Currency.EUR
    )
    require_sound(edition, changed=[field.name for field in Edition._meta.concrete_fields])
    edition.slug = take_slug(name, organization_id=event.organization_id)
    edition.save(force_insert=True)
    tell(edition, "created", now=now)
    return edition


@operation
def update_edition(edition: Edition, *, changes: Mapping[str, Any], by: StaffUser, now: datetime) -> Edition:
    """Change settings by the names of the model's fields; `is_draft` and `is_archived` publish and archive.

    The other settings come first, so that what they mend counts for publishing. Values that are there already change
    nothing. An archived edition takes nothing but unarchiving. Raises InvalidField, EditionArchived, NotPublishable,
    CurrencyFrozen.
    """
    moves = {name: changes[name] for name in ("is_archived", "is_draft") if name in changes}
    settings = {name: value for name, value in changes.items() if name not in moves}
    edition = lock_edition(edition, against_orders="currency" in settings)
    if moves.get("is_archived") is not False or settings or "is_draft" in moves:
        require_open(edition)
    _change(edition, settings, now=now)
    # Whether customers see it goes first: an archived edition could not be published or unpublished any more.
    for name, value in sorted(moves.items(), reverse=True):
        edition = MOVES[name, value](edition, by=by, now=now)
    return edition


def _change(edition: Edition, settings: Mapping[str, Any], *, now: datetime) -> None:
    before = {name: getattr(edition, name) for name in settings}
    _set(edition, settings)
    changed = [name for name, value in before.items() if getattr(edition, name) != value]
    if not changed:
        return
    _hold(edition, REFERENCES.intersection(changed) | ({"merchant_account"} if "currency" in changed else set()))
    require_sound(edition, changed=changed)
    edition.modified = now
    with _refusing_another_currency():
        edition.save(update_fields=[*changed, "modified"])
    tell(edition, "updated", now=now, changed=changed)


def _set(edition: Edition, settings: Mapping[str, Any]) -> None:
    for name, value in localized(settings, timezone=settings.get("timezone", edition.timezone)).items():
        setattr(edition, name, value)


def _hold(edition: Edition, references: Set[str]) -> None:
    """What the edition is to refer to, as it is now, and kept so meanwhile. Raises InvalidField for what is gone."""
    for name in sorted(references):
        row = getattr(edition, name)
        if row is None:
            continue
        held = type(row)._base_manager.select_for_update(no_key=True).filter(pk=row.pk).first()
        if held is None:
            raise InvalidField(f"{name}_id", "not_found", "Somebody has just deleted this.")
        setattr(edition, name, held)


@contextmanager
def _refusing_another_currency() -> Iterator[None]:
    try:
        yield
    except IntegrityError as problem:
        if violated(problem) != FROZEN:
            raise
        raise CurrencyFrozen("Something has been ordered in this edition, so its currency stays.") from None
