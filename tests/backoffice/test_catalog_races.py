"""Two people save the same form at once: one is refused, and a control shows both getting through without the lock."""

from threading import Barrier
from typing import Any

import pytest
from django.urls import reverse

from editions.admin.catalog import CategoryAdmin
from editions.models import Category, Edition
from preo.accounts.models import StaffUser
from preo.backoffice.editable_form import state_of
from preo.webhooks.models import OutboxEvent
from tests.backoffice.conftest import Pages
from tests.races import SECONDS, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def send_both(edition: Edition, manager: StaffUser, pages: Pages) -> list[Any]:
    """The status of each answer; two people opened the form before either of them saved."""
    category = Category.objects.create(edition=edition, name="Tents")
    category.refresh_from_db()
    address = reverse("admin:editions_category_change", args=[category.pk])
    clients = [pages(manager), pages(manager)]
    forms = [{"name": name, "order": "0", "opened": state_of(category)} for name in ("Huts", "Yurts")]

    def send(place: int) -> int:
        return int(clients[place].post(address, forms[place]).status_code)

    return sorted(at_once(lambda: send(0), lambda: send(1)), key=str)


def test_of_two_forms_sent_at_once_one_is_refused(edition, manager, pages: Pages):
    statuses = send_both(edition, manager, pages)

    assert statuses == [200, 302]
    assert OutboxEvent.objects.count() == 1


def test_control_without_the_lock_both_are_saved(edition, manager, pages: Pages, monkeypatch):
    both_have_looked = Barrier(2)

    def look_only(page: CategoryAdmin, row: Category) -> Category:
        found = Category.objects.get(pk=row.pk)
        both_have_looked.wait(SECONDS)
        return found

    monkeypatch.setattr(CategoryAdmin, "lock", look_only)

    assert send_both(edition, manager, pages) == [302, 302]
    assert OutboxEvent.objects.count() == 2
