"""Two people who save the page of one message at once, with a control that shows what goes wrong without the lock."""

import pytest

from editions.admin.email_messages import writing
from editions.models import EmailMessage
from preo.accounts.models import Organization, StaffUser
from tests.backoffice.conftest import Pages
from tests.factories import make_email_message
from tests.races import at_once, together

pytestmark = pytest.mark.django_db(transaction=True)


def save_twice(message: EmailMessage, person: StaffUser, pages: Pages, patch: pytest.MonkeyPatch) -> list[int]:
    """What two are answered who both opened the page as it is, and look at it together before they write."""
    patch.setattr(writing, "state_of", together(writing.state_of))
    clients = [pages(person) for _ in range(2)]
    form = {"opened": message.modified.isoformat(), "type": message.type, "subject_en": "Soon", "do": "save"}
    url = f"/admin/editions/emailmessage/{message.pk}/change/"

    def save(place: int) -> int:
        return int(clients[place].post(url, form | {"title": f"By {place}"}).status_code)

    return sorted(at_once(lambda: save(0), lambda: save(1)))


def test_one_of_two_who_opened_the_same_page_gets_through(
    ours: Organization, manager: StaffUser, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert save_twice(make_email_message(ours), manager, pages, monkeypatch) == [200, 302]


def test_control_without_the_lock_both_get_through(
    ours: Organization, manager: StaffUser, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "lock_email_message", lambda message: EmailMessage.objects.get(pk=message.pk))

    assert save_twice(make_email_message(ours), manager, pages, monkeypatch) == [302, 302]
