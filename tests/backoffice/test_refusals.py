"""Pages for what can't be shown, in the frame of the admin."""

import pytest
from django.test import Client

from editions.models import Edition
from preo.accounts.models import StaffUser
from tests.factories import make_email_message


@pytest.fixture
def as_staff(staff: StaffUser) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def test_what_is_not_for_the_role_says_so_in_the_frame(as_staff: Client, edition: Edition) -> None:
    answer = as_staff.get(f"/admin/editions/edition/{edition.pk}/publish/")

    assert answer.status_code == 403
    assert "This is not for your role" in answer.content.decode()
    assert 'href="/admin/"' in answer.content.decode()


def test_what_is_not_there_says_so_in_the_frame(as_staff: Client) -> None:
    answer = as_staff.get("/admin/nowhere/at/all/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_cookie_is_refused_in_the_frame() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "staff@ours.example"})

    page = answer.content.decode()

    assert answer.status_code == 403
    assert ("Nothing was changed." in page, 'href="/admin/"' in page) == (True, True)
    assert ("DEBUG" in page, "<style" in page) == (False, False)


def test_a_guest_opens_no_page_of_what_everybody_may_name(guest: StaffUser, db: None) -> None:
    message = make_email_message(None)
    client = Client()
    client.force_login(guest)

    answers = [client.get(f"/admin/editions/emailmessage/{message.pk}/{page}/") for page in ("change", "history")]

    assert [(answer.status_code, answer.headers["Location"]) for answer in answers] == [(302, "/admin/")] * 2
