"""The pair that most tests of merging begin with."""

import pytest

from preo.accounts.models import Customer, Organization
from tests.factories import make_customer


@pytest.fixture
def keep(ours: Organization) -> Customer:
    return make_customer(ours, email="anna@example.org", full_name="Anna Holm")


@pytest.fixture
def duplicate(ours: Organization) -> Customer:
    return make_customer(ours, email="anna.holm@example.org", full_name="A. Holm")
