"""Telling staff of refunds that went wrong."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from editions.models import EditionMembership
from preo.accounts.models import Membership
from preo.api.roles import Role
from preo.mail.operations import Mail, queue_mails
from preo.recording import operation
from refunds.messages.alerts import LANGUAGE, AlertKind
from refunds.models import OutsideMovement, RefundRequest

MOST_READERS = 20
"""How many managers and admins hear of one alert; whoever asked or approved hears of it besides."""

MANY = 5
"""Above so many at once that went the same way, an edition's refunds share a letter."""

DECIDERS = (Role.ADMIN, Role.MANAGER)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something about a refund that staff must hear of: once for each `key`, such as an attempt's."""

    kind: AlertKind
    refund: RefundRequest
    key: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one letter is about: a refund, a mass refund, an edition or money that moved outside, by its id.

    `involved` are those who had a hand in it.
    """

    kind: AlertKind
    about: str
    key: str
    organization_id: str
    edition_id: str
    involved: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a role on an organization or edition, `place`."""

    staff_user_id: str
    address: str
    role: str
    place: str


def alert_staff(alarms: Iterable[Alarm], *, now: datetime) -> None:
    """Queue a letter to each manager and admin of the organization or edition, and to who asked and who approved.

    A step of an operation. Refunds of a mass refund, and many of an edition at once, share a letter an hour. The same
    is never told to the same person twice. At most four statements, however many alarms; none without any.
    Rule: "Alerts" in docs/rules.md.
    """
    bundles = list(_bundles(alarms, now=now))
    if bundles:
        _queue(bundles, now=now)


def alert_of_movement(kind: AlertKind, movement: OutsideMovement, *, now: datetime) -> None:
    """Queue a letter on money that moved outside, where no refund of ours is there to tell of. Once for each movement.

    A step of an operation. Needs `transaction__order`.
    """
    order = movement.transaction.order
    about = Bundle(kind, movement.pk, movement.pk, order.organization_id, order.edition_id, frozenset())
    _queue([about], now=now)


def _queue(bundles: Sequence[Bundle], *, now: datetime) -> None:
    readers = _readers(bundles)
    if mails := [_mail(bundle, person, address) for bundle in bundles for person, address in _of(bundle, readers)]:
        queue_mails(mails, now=now)


@operation
def raise_alarm(alarm: Alarm, *, now: datetime) -> None:
    """Alert staff outside of any other operation."""
    alert_staff([alarm], now=now)


def _bundles(alarms: Iterable[Alarm], *, now: datetime) -> Iterator[Bundle]:
    alike: dict[tuple[AlertKind, str, str | None], list[Alarm]] = defaultdict(list)
    for alarm in alarms:
        alike[alarm.kind, alarm.refund.edition_id, alarm.refund.batch_id].append(alarm)
    for (_, edition_id, batch_id), together in alike.items():
        about = batch_id or (edition_id if len(together) > MANY else None)
        if about:
            yield _bundle(together, about=about, key=f"{about}:{now:%Y%m%d%H}")
        else:
            yield from (_bundle([alarm], about=alarm.refund.pk, key=alarm.key) for alarm in together)


def _bundle(alarms: Sequence[Alarm], *, about: str, key: str) -> Bundle:
    first = alarms[0]
    involved = {person for alarm in alarms for person in (alarm.refund.staff_user_id, alarm.refund.approved_by_id)}
    return Bundle(
        first.kind,
        about,
        key,
        first.refund.organization_id,
        first.refund.edition_id,
        frozenset(person for person in involved if person),
    )


def _readers(bundles: Sequence[Bundle]) -> list[Reader]:
    """Admins first. Who had a hand in it is told only while they still work there."""
    involved = {person for bundle in bundles for person in bundle.involved}
    may_read = Q(role__in=DECIDERS) | Q(role=Role.STAFF, staff_user__in=involved)
    is_person = Q(staff_user__is_active=True, staff_user__robot_of=None)
    columns = ("staff_user_id", "staff_user__email", "role")
    places = [
        (Membership.objects.filter(organization__in={bundle.organization_id for bundle in bundles}), "organization_id"),
        (EditionMembership.objects.filter(edition__in={bundle.edition_id for bundle in bundles}), "edition_id"),
    ]
    found = [
        Reader(*row) for held, place in places for row in held.filter(may_read, is_person).values_list(*columns, place)
    ]
    return sorted(found, key=lambda reader: (-Role(reader.role).rank, reader.staff_user_id))


def _of(bundle: Bundle, readers: Sequence[Reader]) -> Iterable[tuple[str, str]]:
    here = [reader for reader in readers if reader.place in (bundle.organization_id, bundle.edition_id)]
    involved = [reader for reader in here if reader.staff_user_id in bundle.involved]
    deciders = [reader for reader in here if reader.role in DECIDERS][:MOST_READERS]
    return {reader.staff_user_id: reader.address for reader in (*involved, *deciders)}.items()


def _mail(bundle: Bundle, staff_user_id: str, address: str) -> Mail:
    return Mail(
        organization_id=bundle.organization_id,
        kind=bundle.kind,
        about=bundle.about,
        key=f"{bundle.kind}:{bundle.key}:{staff_user_id}",
        email_message_id=None,
        to_address=address,
        language=LANGUAGE,
    )
