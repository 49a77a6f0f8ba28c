"""Clients of the cast, signed in for real, whose every answer is held against the OpenAPI document."""

from collections.abc import Callable

import pytest
from rest_framework_simplejwt.tokens import AccessToken

from preo.accounts.models import StaffUser
from tests.documented import DocumentedClient

SignedIn = Callable[[StaffUser], DocumentedClient]


def sign_in(person: StaffUser) -> DocumentedClient:
    client = DocumentedClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(person)}")
    return client


@pytest.fixture
def stranger(db: None) -> DocumentedClient:
    return DocumentedClient()


@pytest.fixture
def as_admin(admin: StaffUser) -> DocumentedClient:
    return sign_in(admin)


@pytest.fixture
def as_guest(guest: StaffUser) -> DocumentedClient:
    return sign_in(guest)


@pytest.fixture
def as_nobody(nobody: StaffUser) -> DocumentedClient:
    return sign_in(nobody)
