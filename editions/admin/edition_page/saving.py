"""Saving one tab of an edition's page, unless somebody else saved the edition meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from editions.admin.edition_page.forms import SettingsForm
from editions.admin.edition_page.words import words_of
from editions.models import Edition
from editions.operations.editions import update_edition
from editions.operations.locking import lock_edition
from preo.backoffice.editable_form import CHANGED_SINCE, state_of
from preo.errors import DomainError, InvalidField


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that is not what the form says."""

    label: str
    now: str
    yours: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of a form. A form that isn't saved shows why; a stale one differs from what is there now."""

    form: SettingsForm
    is_saved: bool = False
    differences: Sequence[Difference] = ()

    @property
    def opened(self) -> str:
        """What the form remembers of the edition that it was made from."""
        return state_of(self.form.edition)


def save(edition: Edition, *, kind: type[SettingsForm], data: Any, files: Any, by: Any, now: datetime) -> Attempt:
    """Save the settings of one tab from what the browser sent; new images are stored before anything is locked."""
    form = kind(edition, user=by, now=now, data=data, files=files)
    if not form.is_valid():
        return Attempt(form)
    opened = data.get("opened", "")
    if opened != state_of(edition):
        return _stale(form)
    try:
        is_saved = _save_unchanged(edition, changes=form.changes(), opened=opened, by=by, now=now)
    except (DomainError, InvalidField) as refusal:
        form.refuse(refusal.field, refusal.detail)
        return Attempt(form)
    if is_saved:
        return Attempt(form, is_saved=True)
    edition.refresh_from_db()
    return save(edition, kind=kind, data=data, files=files, by=by, now=now)


def _save_unchanged(edition: Edition, *, changes: Mapping[str, Any], opened: str, by: Any, now: datetime) -> bool:
    """Whether it was still as it was opened; if not, nothing is saved.

    The edition is locked between the look and the write, so that of two who opened the same state one gets through.
    """
    with transaction.atomic():
        if state_of(lock_edition(edition)) != opened:
            return False
        update_edition(edition, changes=changes, by=by, now=now)
    return True


def _stale(form: SettingsForm) -> Attempt:
    found = [
        Difference(
            str(form[name].label),
            now=words_of(form[name], form[name].initial),
            yours=words_of(form[name], form.cleaned_data[name]),
        )
        for name in form.changed_data
    ]
    form.refuse(None, CHANGED_SINCE)
    return Attempt(form, differences=found)
