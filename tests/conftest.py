"""The cast: `ours` with an admin, a manager, staff and a guest; `theirs` with an outsider; and nobody."""

import gc

import pytest
from rest_framework.test import APIClient

from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from tests.factories import make_edition, make_organization, make_staff

pytest_plugins = ["tests.database"]

# What is imported stays for good: looking through it for garbage again and again takes a sixth of the whole run.
gc.disable()
ALLOCATIONS_TO_COLLECT_AFTER = 50_000


def pytest_collection_finish() -> None:
    """Collect garbage from here on, but only what the tests themselves leave."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_TO_COLLECT_AFTER)
    gc.enable()


@pytest.fixture
def ours(db: None) -> Organization:
    return make_organization("ours")


@pytest.fixture
def theirs(db: None) -> Organization:
    return make_organization("theirs")


@pytest.fixture
def edition(ours: Organization) -> Edition:
    return make_edition(ours)


@pytest.fixture
def their_edition(theirs: Organization) -> Edition:
    return make_edition(theirs)


@pytest.fixture
def admin(ours: Organization) -> StaffUser:
    return make_staff("admin@ours.example", organization=ours, role=Role.ADMIN)


@pytest.fixture
def manager(ours: Organization) -> StaffUser:
    return make_staff("manager@ours.example", organization=ours, role=Role.MANAGER)


@pytest.fixture
def staff(ours: Organization) -> StaffUser:
    return make_staff("staff@ours.example", organization=ours, role=Role.STAFF)


@pytest.fixture
def guest(ours: Organization) -> StaffUser:
    return make_staff("guest@ours.example", organization=ours, role=Role.GUEST)


@pytest.fixture
def outsider(theirs: Organization) -> StaffUser:
    return make_staff("outsider@theirs.example", organization=theirs, role=Role.ADMIN)


@pytest.fixture
def nobody(db: None) -> StaffUser:
    return make_staff("nobody@nowhere.example")


@pytest.fixture
def api() -> APIClient:
    """A client without a credential; `api.force_authenticate(user)` gives it one."""
    return APIClient()
