"""Sign-in for the admin's tests."""

from collections.abc import Callable

import pytest
from django.test import Client

from preo.accounts.models import StaffUser

Pages = Callable[[StaffUser], Client]


@pytest.fixture
def pages() -> Pages:
    """A browser without scripts, signed in as somebody."""

    def sign_in(person: StaffUser) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def superuser(db: None) -> StaffUser:
    return StaffUser.objects.create_superuser("root@preo.example", "correct-horse-battery")
