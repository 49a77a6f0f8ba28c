"""No answer of any route, to whomever, has anything of another organization or of an edition out of reach in it.

Exhaustive loops over every route, role and side: the cases are few enough to try each, so none is drawn by lot.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from preo.api.roles import Role
from tests.factories import make_edition, make_organization
from tests.house.calling import CLOSED
from tests.house.routes import Route
from tests.house.table import TABLE
from tests.isolation.asking import members, parameters, strange_texts
from tests.isolation.callers import JSON, Body, Caller, Told, callers, comparable, strangers
from tests.isolation.worlds import KINDS_OF_ROWS, World, all_ids, make_friend, make_world

CSV = "text/csv"
OF_ONE_ORGANIZATION = {
    "GET /v1/editions/_meta": "offers events, fees and accounts, which belong to the organization as a whole",
    "POST /v1/consents": "the order of consents is of the whole organization, and a new one comes last",
}
"""What people of one edition are told that comes of another edition of their organization, and why."""

OF_THE_PLATFORM = {"atr"}
"""Kinds of rows that no organization has."""

ENOUGH = 10
"""Findings of a kind, for a person to read."""


@dataclass(frozen=True)
class Asked:
    """A call that belongs where the caller is at home."""

    caller: str
    route: str
    accept: str


@dataclass(frozen=True)
class Walk:
    """Three worlds, everybody who asks, and what ours were answered before there was anything strange to them."""

    first: World
    second: World
    theirs: World
    callers: list[Caller]
    strangers: list[Caller]
    before: dict[Asked, Told]
    since: datetime

    def strange_to(self, caller: Caller) -> list[World]:
        if caller in self.strangers:
            return [self.first, self.second, self.theirs]
        if caller.home is self.theirs:
            return [self.first, self.second]
        return [self.second, self.theirs] if caller.is_alone else [self.theirs]

    @property
    def everybody(self) -> dict[str, Caller]:
        return {str(caller): caller for caller in [*self.callers, *self.strangers]}

    def leaks(self, answers: Mapping[Asked, Told]) -> Iterator[str]:
        """What is in an answer of a world that is strange to who asked."""
        for asked, answer in answers.items():
            for world in self.strange_to(self.everybody[asked.caller]):
                if found := world.leaks_in(answer.everything):
                    yield f"{asked} has {sorted(found)[:3]}"

    def differences(self, answers: Mapping[Asked, Told]) -> Iterator[str]:
        """Where an answer is another one than before the strange worlds were there: a count, an order, a refusal."""
        known = self.first.ids | {self.first.friend.pk}
        for asked, was in self.before.items():
            before, after = (comparable(told, known=known, since=self.since) for told in (was, answers[asked]))
            if before != after and not (asked.route in OF_ONE_ORGANIZATION and self.everybody[asked.caller].is_alone):
                yield f"{asked} was {before} and is {after}"

    def name_what_is_strange(self) -> Iterator[str]:
        """Wherever a row can be named, one that is strange and one that isn't there; what differs, or nothing."""
        missing: dict[tuple[str, Route], Told] = {}
        for caller, route in product(self.everybody.values(), CLOSED):
            for world in self._tried_on(caller):
                if route.has_id:
                    yield _by_path(caller, route, world, missing=missing)
                if caller.is_highest and caller.home is self.first:
                    yield from _by_parameter(caller, route, world)
                    yield from _by_member(caller, route, world)

    def _tried_on(self, caller: Caller) -> list[World]:
        """One world where all are alike; and of theirs the highest and the lowest, as every role of ours is tried."""
        if caller.home is self.theirs and not (caller.is_highest or caller.name.startswith(Role.GUEST)):
            return []
        worlds = self.strange_to(caller)
        return worlds if caller.home is self.first and caller not in self.strangers else worlds[-1:]


@pytest.fixture
def walk(db: None) -> Walk:
    """Two editions of ours, and one of theirs, which comes last."""
    friend, since = make_friend(), timezone.now()
    there = frozenset(all_ids())
    ours = make_organization("ours")
    first = make_world(make_edition(ours), mark="zq7firsts", friend=friend, before=there)
    ours_callers = list(callers(first))
    before: dict[Asked, Told] = {}
    there = frozenset(all_ids())
    before |= at_home([caller for caller in ours_callers if caller.is_highest and caller.is_alone])
    second = make_world(make_edition(ours), mark="zq7second", friend=friend, before=there)
    there = frozenset(all_ids())
    before |= at_home([caller for caller in ours_callers if caller.is_highest and not caller.is_alone])
    theirs = make_world(make_edition(make_organization("theirs")), mark="zq7theirs", friend=friend, before=there)
    everybody = [*ours_callers, *callers(theirs)]
    return Walk(first, second, theirs, everybody, list(strangers(first)), before, since)


def _by_path(caller: Caller, route: Route, world: World, *, missing: dict[tuple[str, Route], Told]) -> str:
    key, nobodys = world.rows[TABLE[str(route)].row].pk, route.missing_id()
    body, asked = _body(caller, route), (caller.credential, route)
    if asked not in missing:
        missing[asked] = caller.ask(route.method, route.url(nobodys), body=body)
    answer = caller.ask(route.method, route.url(key), body=body)
    return _difference(f"{caller}: {route} of {world.mark}", [answer, missing[asked]], (key, nobodys))


def _by_parameter(caller: Caller, route: Route, world: World) -> Iterator[str]:
    for naming in parameters(route):
        for texts in strange_texts(naming, world):
            url, query = _own(caller, route)
            answers = [caller.ask(route.method, url, query=naming.put(query, text)) for text in texts]
            yield _difference(f"{caller}: {route}?{naming.name}={texts[0]}", answers, texts)


def _by_member(caller: Caller, route: Route, world: World) -> Iterator[str]:
    for naming in members(route):
        for texts in strange_texts(naming, world):
            url, _ = _own(caller, route)
            bodies = [_body(caller, route, changed=partial(naming.put, text=text)) for text in texts]
            answers = [caller.ask(route.method, url, body=body) for body in bodies]
            yield _difference(f"{caller}: {route} with {naming.path} {texts[0]}", answers, texts)


def _own(caller: Caller, route: Route) -> tuple[str, dict[str, str]]:
    """The route where the caller is at home, and what a list has to be asked with."""
    row = _row(caller, route)
    return route.url(row.pk if row else ""), TABLE[str(route)].query(row) if route.is_list else {}


def _row(caller: Caller, route: Route) -> Any:
    make = TABLE[str(route)].row
    if make is None:
        return None
    return caller.home.row_to_read(make) if route.method == "GET" else caller.home.rows[make]


def _body(caller: Caller, route: Route, *, changed: Callable[[Any], Any] = lambda body: body) -> Body:
    """Made anew for each call, as rows may come with it."""
    body = TABLE[str(route)].body
    if body is None and route.method == "GET":
        return None
    return lambda: changed(body(_row(caller, route)) if body else {})


def _difference(where: str, answers: list[Told], texts: tuple[str, str]) -> str:
    strange, missing = (answer.without(*texts) for answer in answers)
    return "" if strange == missing else f"{where}: {strange} / {missing}"


def at_home(people: list[Caller]) -> dict[Asked, Told]:
    """What everybody is answered by every route about rows of their own."""
    return {
        Asked(str(caller), str(route), accept): ask_at_home(caller, route, accept)
        for caller in people
        for route in CLOSED
        for accept in ([JSON, CSV] if caller.is_highest and _has_table(route) else [JSON])
    }


def ask_at_home(caller: Caller, route: Route, accept: str = JSON) -> Told:
    url, query = _own(caller, route)
    body = _body(caller, route) if TABLE[str(route)].body else None
    return caller.ask(route.method, url, query=query, body=body, accept=accept)


def test_no_route_tells_anybody_of_others(walk: Walk, record_property: Callable[[str, object], None]) -> None:
    answers = at_home([*walk.callers, *walk.strangers])
    tried = list(walk.name_what_is_strange())

    cells = len(CLOSED) * len(walk.everybody)
    counted = (
        f"{cells} ({len(CLOSED)} routes x {len(walk.everybody)} callers): {len(answers)} answers, {len(tried)} ids"
    )
    record_property("walked", counted)
    print(f"\nWalked {counted}")
    assert list(walk.leaks(answers))[:ENOUGH] == []
    assert list(walk.differences(answers))[:ENOUGH] == []
    assert [found for found in tried if found][:ENOUGH] == []


def _has_table(route: Route) -> bool:
    return route.method == "GET" and any(CSV in kind.media_type for kind in route.view.renderer_classes)


def test_a_world_has_every_kind_of_row(db: None) -> None:
    """Nothing can leak that isn't there."""
    edition = make_edition(make_organization("ours"))

    world = make_world(edition, mark="zq7firsts", friend=make_friend(), before=frozenset())

    assert {*KINDS_OF_ROWS} - {*world.kinds} == OF_THE_PLATFORM
