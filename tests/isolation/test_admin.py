"""No page of the back office, to whomever, has anything of another organization or of an edition out of reach in it.

Exhaustive loops over every view of every registered page, and every role.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import transaction
from django.test import Client

from editions.models import SenderDomain
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from preo.backoffice.scoped_admin import ScopedAdmin
from preo.public_ids import encode
from tests.factories import make_edition, make_edition_member, make_organization, make_staff
from tests.isolation.pages import Page, autocompletes, pages
from tests.isolation.worlds import World, all_ids, make_friend, make_world

PAGES = pages()
OPERATED = {SenderDomain}
"""What operators of the platform decide on, for whichever organization: whether a domain is its own."""

ENOUGH = 10


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser, and the worlds that are strange to them."""

    name: str
    client: Client
    strange: list[World]
    is_strictest: bool = False
    """May do most, and where least is theirs: on one edition."""
    is_operator: bool = False

    def get(self, url: str, **query: str) -> str:
        self.client.cookies.pop("messages", None)
        answer = self.client.get(url, query)
        return f"{answer.headers}{answer.getvalue().decode()}"

    def told(self, method: str, url: str, key: str) -> tuple[Any, ...]:
        """Status, where it leads, and what is said, without the id; whatever it does is undone."""
        place = transaction.savepoint()
        self.client.cookies.pop("messages", None)
        try:
            answer: Any = getattr(self.client, method)(url.replace("{id}", key))
            words = [str(message).replace(key, "…") for message in get_messages(answer.wsgi_request)]
            return answer.status_code, answer.headers.get("Location", "").replace(key, "…"), words
        finally:
            transaction.savepoint_rollback(place)


@pytest.fixture
def home(db: None) -> World:
    return make_world(
        make_edition(make_organization("ours")), mark="zq7firsts", friend=make_friend(), before=frozenset()
    )


@pytest.fixture
def visitors(home: World) -> list[Visitor]:
    ours, there = home.edition.organization, frozenset(all_ids())
    second = make_world(make_edition(ours), mark="zq7second", friend=home.friend, before=there)
    there = frozenset(all_ids())
    theirs = make_world(make_edition(make_organization("theirs")), mark="zq7theirs", friend=home.friend, before=there)
    found = []
    for role in Role:
        person = make_staff(f"{role}@walk.example", organization=ours, role=role)
        found.append(Visitor(role, _browser(person), [theirs]))
        member = make_edition_member(f"one-{role}@walk.example", edition=home.edition, role=role)
        found.append(Visitor(f"{role} of one edition", _browser(member), [second, theirs], role == Role.ADMIN))
    root = StaffUser.objects.create_superuser("root@walk.example", "correct-horse-battery")
    everything = [home, second, theirs]
    return [
        *found,
        Visitor("operator", _browser(root), everything, is_operator=True),
        Visitor("nobody", _browser(make_staff("nobody@walk.example")), everything),
    ]


def _browser(person: StaffUser) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_no_page_tells_anybody_of_others(
    home: World, visitors: list[Visitor], record_property: Callable[[str, object], None]
) -> None:
    tried = [finding for visitor in visitors for page in PAGES for finding in _try(visitor, page, home)]
    tried += [finding for visitor in visitors for finding in _look_up(visitor)]

    counted = f"{len(PAGES)} pages x {len(visitors)} visitors: {len(tried)} looks"
    record_property("walked", counted)
    print(f"\nWalked {counted}")
    assert [found for found in tried if found][:ENOUGH] == []


def _try(visitor: Visitor, page: Page, home: World) -> Iterator[str]:
    if visitor.is_operator and (page.model in OPERATED or not isinstance(_admin_of(page), ScopedAdmin)):
        return
    if page.has_id:
        yield from _open(visitor, page, home)
    elif page.is_list or visitor.is_strictest:
        yield _leak(visitor, page.address, visitor.get(page.address))
    if page.is_list and visitor.is_strictest:
        yield from _search(visitor, page)


def _admin_of(page: Page) -> Any:
    return admin.site._registry.get(page.model)


def _open(visitor: Visitor, page: Page, home: World) -> Iterator[str]:
    """What is strange and what isn't there; and for one visitor what is there, which may name others."""
    world, nobodys = visitor.strange[0], encode(page.kind, UUID(int=0))
    if key := world.kinds.get(page.kind, ""):
        for method in ("get", "post") if visitor.is_strictest else ("get",):
            strange, none = (visitor.told(method, page.address, one) for one in (key, nobodys))
            yield "" if strange == none else f"{visitor.name}: {method} {page.address} {key}: {strange} / {none}"
    if visitor.is_strictest and page.is_telling and page.kind in home.kinds:
        url = page.address.replace("{id}", home.kinds[page.kind])
        yield _leak(visitor, url, visitor.get(url))


def _search(visitor: Visitor, page: Page) -> Iterator[str]:
    """By a word, and by each row that a row can be of."""
    kinds = {
        f"{field.name}__id__exact": getattr(field.related_model._meta.pk, "prefix", "")
        for field in page.model._meta.get_fields()
        if field.many_to_one
    }
    for world in visitor.strange:
        asked = [{"q": world.mark}, *({name: world.kinds[kind]} for name, kind in kinds.items() if kind in world.kinds)]
        for query in asked:
            (text,) = query.values()
            body = visitor.get(page.address, **query).replace(text, "…")
            yield _leak(visitor, f"{page.address}?{query}", body)


def _look_up(visitor: Visitor) -> Iterator[str]:
    for asked in autocompletes():
        for term in ("", visitor.strange[-1].mark):
            if not visitor.is_operator:
                yield _leak(visitor, f"{asked} {term}", visitor.get("/admin/autocomplete/", **asked, term=term))


def _leak(visitor: Visitor, url: str, body: str) -> str:
    found = {leak for world in visitor.strange for leak in world.leaks_in(body)}
    return f"{visitor.name}: {url} has {sorted(found)[:5]}" if found else ""
