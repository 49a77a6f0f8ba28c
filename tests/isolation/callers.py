"""Everybody who can call: each role on an organization and on one edition, tokens, and who holds nothing."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from rest_framework.test import APIClient

from preo.accounts.models import StaffUser
from preo.api.request_ids import HEADER
from preo.api.roles import Role
from preo.api.scopes import ALL_SCOPES, Scope
from tests.factories import make_edition_member, make_staff, make_token
from tests.isolation.worlds import ID, World

MOMENT = re.compile(r"20\d\d-\d\d-\d\dT[0-9:.]+Z")
JSON = "application/json"
Body = Callable[[], Any] | None
OF_EACH_ANSWER = {"ETag"}
"""Headers that differ wherever a body does."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that an answer says: status, headers and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def without(self, *texts: str) -> "Told":
        """With what the caller sent itself left out."""
        body = self.body
        for text in texts:
            body = body.replace(text, "…")
        return Told(self.status, self.headers, body)

    @property
    def everything(self) -> str:
        return f"{self.headers}{self.body}"


@dataclass(frozen=True)
class Caller:
    """Somebody at `home`: with a role on its organization, or, alone, on its edition only."""

    name: str
    client: APIClient
    home: World
    is_alone: bool = False
    is_token: bool = False
    is_highest: bool = False
    """Whether it can do whatever can be done from where it stands, so that nothing is refused for its role."""

    def __str__(self) -> str:
        return self.name

    @property
    def credential(self) -> str:
        """What a row that isn't there looks the same by: to every person, whatever their role."""
        return self.name if self.is_token or "not" in self.name else "person"

    def ask(self, method: str, url: str, *, query: Any = None, body: Body = None, accept: str = "*/*") -> Told:
        """What is answered; whatever it does is undone, as is what the body was made of."""
        place = transaction.savepoint()
        headers = {HEADER: "walk", "Accept": accept} | ({"Idempotency-Key": "walk"} if self.is_token else {})
        try:
            sent = {"data": json.dumps(body()), "content_type": JSON} if body else {}
            sent = {"data": query} if method == "GET" else sent
            return told(getattr(self.client, method.lower())(url, headers=headers, **sent))
        finally:
            transaction.savepoint_rollback(place)


def told(answer: Any) -> Told:
    headers = tuple(sorted((name, text) for name, text in answer.headers.items() if name not in OF_EACH_ANSWER))
    return Told(answer.status_code, headers, answer.getvalue().decode())


def comparable(answer: Told, *, known: frozenset[str], since: datetime) -> Told:
    """With the ids and moments that it has just made up left out."""
    start = since.astimezone(UTC).isoformat()[:19]
    body = ID.sub(lambda found: found[0] if found[0] in known else "(new)", answer.body)
    body = MOMENT.sub(lambda found: found[0] if found[0] < start else "(now)", body)
    headers = tuple((name, "" if name == "Content-Length" else ID.sub("(new)", text)) for name, text in answer.headers)
    return Told(answer.status, headers, body)


def callers(home: World) -> Iterator[Caller]:
    """Each role on the organization and on the edition of a world, and tokens with every scope and with one."""
    organization = home.edition.organization
    for role in Role:
        email, is_highest = f"{role}-{home.mark}@walk.example", role == Role.ADMIN
        person = make_staff(email, organization=organization, role=role)
        yield Caller(f"{role} of {home.mark}", signed_in(person), home, is_highest=is_highest)
        member = make_edition_member(f"one-{email}", edition=home.edition, role=role)
        name = f"{role} of one edition of {home.mark}"
        yield Caller(name, signed_in(member), home, is_alone=True, is_highest=is_highest)
    for name, scopes in {"token": ALL_SCOPES, "token of one scope": {Scope.EXPORTS_READ}}.items():
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(organization, scopes=scopes)}")
        yield Caller(f"{name} of {home.mark}", client, home, is_token=True)


def strangers(home: World) -> Iterator[Caller]:
    """Who works nowhere, and who isn't signed in; they ask for what is at `home`, and are at home nowhere."""
    yield Caller("nobody", signed_in(make_staff("nobody@walk.example")), home)
    yield Caller("not signed in", APIClient(), home)


def signed_in(person: StaffUser) -> APIClient:
    client = APIClient()
    # Set once: reading the roles anew in each request is not what this is about.
    client.force_authenticate(person)
    return client
