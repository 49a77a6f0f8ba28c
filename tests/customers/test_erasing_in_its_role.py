"""The application's own role may erase a customer, though it can alter neither the trail nor what was answered."""

import pytest

from editions.models import Edition
from preo.accounts.models import Erasure, Organization, StaffUser
from preo.accounts.states import ErasureStatus
from preo.customers.operations.erasing import ask_for_erasure, carry_out_erasure
from tests.application_role import application_role, application_url, in_application_role
from tests.customers.lives import SAYS_WHO, a_whole_life, places_of
from tests.factories import NOON

__all__ = ["application_role", "application_url", "in_application_role"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(edition: Edition, ours: Organization, manager: StaffUser) -> Erasure:
    """Made by the owner, before anything happens in the role."""
    customer = a_whole_life(edition, manager=manager)
    return ask_for_erasure(customer, organization=ours, by=manager, reason="Asked by letter", now=NOON)


def test_a_customer_is_erased_and_nothing_is_left(asked: Erasure, admin: StaffUser, in_application_role: None) -> None:
    assert carry_out_erasure(asked, by=admin, now=NOON).status == ErasureStatus.DONE

    assert places_of(*SAYS_WHO) == {}
