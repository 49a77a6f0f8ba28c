"""Real orders in the preview of a message, by the number that every page shows."""

import pytest

from editions.models import Edition, EmailMessage
from orders.models import Order
from preo.accounts.models import Membership, Organization, StaffUser
from preo.api.roles import Role
from tests.backoffice.conftest import Pages
from tests.backoffice.test_email_messages import HEADING, LIST, typed, words_of
from tests.factories import make_email_message, make_order

each = pytest.mark.parametrize


@pytest.fixture
def message(ours: Organization, edition: Edition) -> EmailMessage:
    return make_email_message(ours, edition=edition)


@each("written", ["{number}", " {number} ", "{lower}"])
def test_preview_of_an_order_by_its_number(
    written: str, message: EmailMessage, edition: Edition, their_edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    order = make_order(edition)
    order_number = str(order.order_number)
    Order.objects.filter(pk=make_order(their_edition).pk).update(order_number=order_number)
    typed_number = written.format(number=order_number, lower=order_number.lower())
    form = typed(message, HEADING | {"text_en": "{{ customer.email }}"}, preview_order=typed_number)

    answer = pages(manager).post(f"{LIST}{message.pk}/preview/", form)

    assert order.customer.email in words_of(answer)


def test_preview_finds_no_number_of_another_organization(
    message: EmailMessage, theirs: Organization, their_edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    other = make_order(their_edition)
    Membership.objects.create(organization=theirs, staff_user=manager, role=Role.ADMIN)
    form = typed(message, HEADING, preview_order=str(other.order_number))

    answer = pages(manager).post(f"{LIST}{message.pk}/preview/", form)

    assert "There is no order" in words_of(answer)


def test_preview_asks_which_order_where_a_number_says_several(
    ours: Organization, edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    Order.objects.filter(pk=make_order(edition).pk).update(order_number="A1")
    Order.objects.filter(pk=make_order(edition).pk).update(order_number="a1")
    client, address = pages(manager), f"{LIST}{make_email_message(None).pk}/preview/"

    answers = [client.post(address, {"preview_order": number}) for number in ("a1", "A1")]

    assert ["More than one order has this number" in words_of(answer) for answer in answers] == [True, False]


@each(
    ("language", "printed"),
    [
        ("en", "June 1, 2026 1,105.00\N{NO-BREAK SPACE}DKK June 7, 2026 100.00\N{NO-BREAK SPACE}DKK"),
        ("da", "1. juni 2026 1.105,00\N{NO-BREAK SPACE}DKK 7. juni 2026 100,00\N{NO-BREAK SPACE}DKK"),
    ],
)
def test_the_made_up_order_is_printed_as_a_real_one_would_be(
    language: str, printed: str, ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    text = "{{ order.date }} {{ order.total }} {{ refund.date }} {{ refund.amount }}"
    blocks = [{"type": "heading", "text": {"en": text}}]
    message = make_email_message(ours, type="refund_confirmation", blocks=blocks)

    answer = pages(manager).get(f"{LIST}{message.pk}/preview/", {"preview_language": language})

    assert printed in words_of(answer)
