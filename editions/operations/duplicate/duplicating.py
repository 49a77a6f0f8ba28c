"""The operation that makes the copy, and the look at what it would copy."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, JSONField

from editions.choices import EmailTemplateMode
from editions.events import payload
from editions.models import Edition, Event
from editions.operations.duplicate.kinds import KINDS, Kind, Wanted
from editions.operations.duplicate.rows import NewIds, read, write
from editions.operations.locking import lock_edition
from editions.operations.slugs import require_free_slug, take_slug
from editions.operations.soundness import require_sound
from preo.accounts.models import StaffUser
from preo.errors import InvalidField
from preo.public_ids import new
from preo.recording import operation
from preo.webhooks.outbox import announce

STATE = {"is_draft": True, "is_archived": False, "published_at": None}


@operation
def duplicate_edition(
    edition: Edition,
    *,
    name: str,
    slug: str = "",
    event: Event | None,
    email_template_mode: EmailTemplateMode,
    with_memberships: bool = False,
    by: StaffUser | None,
    now: datetime,
) -> Edition:
    """A draft with copies of all that is set up for the edition, and of nothing that anybody ordered.

    References among what is copied lead to the copies, also inside JSON. Without a slug one is made from the name.
    The original is held meanwhile, so that nobody changes it. That `by` may create in the organization is the
    caller's check. Raises InvalidField. Rule: "A duplicate" in docs/rules.md.
    """
    source = lock_edition(edition)
    wanted = Wanted(source, email_template_mode, with_memberships)
    tables = [read(kind, wanted) for kind in KINDS]
    copy_id = new("edt")
    ids = NewIds((source.pk, copy_id), tables)
    copy = _copy_of(source, ids, copy_id)
    _settle(copy, name=name, slug=slug, event=event, now=now)
    copy.save(force_insert=True)
    # Any order will do, as references are checked at the commit; but the insert above comes first, as it also hands
    # the history the context that COPY writes under.
    for table in tables:
        write(table, ids, fixed=_fixed(table.kind, copy))
    announce(
        "edition.duplicated",
        payload(copy) | {"duplicate_of": source.pk},
        organization_id=copy.organization_id,
        edition_id=copy.pk,
        now=now,
    )
    return copy


def preview_duplicate(
    edition: Edition,
    *,
    name: str,
    slug: str = "",
    event: Event | None,
    email_template_mode: EmailTemplateMode,
    with_memberships: bool = False,
) -> Mapping[str, int]:
    """How many rows of each kind would be copied, by plural noun. Writes nothing.

    Raises InvalidField as the copying would.
    """
    _require_place(edition.organization_id, name=name, event=event)
    if slug:
        require_free_slug(slug, organization_id=edition.organization_id)
    wanted = Wanted(edition, email_template_mode, with_memberships)
    return {kind.name: kind.rows(wanted).count() for kind in KINDS if kind.name}


def _copy_of(source: Edition, ids: NewIds, copy_id: str) -> Edition:
    """The edition with its references turned; nothing is written yet."""
    values = {field.attname: getattr(source, field.attname) for field in Edition._meta.concrete_fields}
    for field in Edition._meta.concrete_fields:
        if isinstance(field, JSONField | ForeignKey):
            values[field.attname] = json.loads(ids.within(json.dumps(values[field.attname])))
    return Edition(**values | STATE | {"id": copy_id})


def _settle(copy: Edition, *, name: str, slug: str, event: Event | None, now: datetime) -> None:
    """What the copy is called, where it belongs, and since when. Raises InvalidField."""
    _require_place(copy.organization_id, name=name, event=event)
    copy.name, copy.event, copy.created, copy.modified = name, event, now, now
    copy.slug = take_slug(name, organization_id=copy.organization_id, wanted=slug)


def _require_place(organization_id: str, *, name: str, event: Event | None) -> None:
    """Raises InvalidField for a name that is none, and for an event of another organization."""
    if event and event.organization_id != organization_id:
        raise InvalidField("event_id", "other_organization", "This belongs to another organization.")
    require_sound(Edition(name=name), changed=["name"])
    try:
        Edition._meta.get_field("name").clean(name, None)
    except ValidationError as problem:
        raise InvalidField("name", str(problem.error_list[0].code), problem.messages[0]) from None


def _fixed(kind: Kind, copy: Edition) -> dict[str, Any]:
    """The fields that are the same in every copy of a kind."""
    return {"created": copy.created, "modified": copy.modified, **kind.overrides(copy)}
