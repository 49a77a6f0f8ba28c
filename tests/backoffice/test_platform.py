"""What superusers do: organizations, people, credentials; and how everybody signs in."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from preo.accounts.models import Organization, ServiceToken, StaffUser
from tests.backoffice.conftest import Pages
from tests.factories import PASSWORD, make_token
from tests.trail import events_of


def test_sign_in_is_by_email_in_any_case(staff):
    client = Client()

    client.post(reverse("admin:login"), {"username": "STAFF@ours.example", "password": PASSWORD})

    assert client.get(reverse("admin:index")).status_code == 200


def test_superuser_names_an_organization_and_leaves_its_refund_limits(ours, superuser, pages: Pages):
    address = reverse("admin:accounts_organization_change", args=[ours.pk])
    form = {"name": "Ours & co", "slug": "ours", "merchant_id": "{}", "refund_second_approver_above_minor": "9900"}

    assert pages(superuser).post(address, form).status_code == 302

    changed = Organization.objects.get(pk=ours.pk)
    assert (changed.name, changed.refund_second_approver_above_minor) == ("Ours & co", 500_00)
    assert events_of(ours)[-1].staff_user_id == superuser.pk


def test_superuser_makes_a_person_and_sets_a_password(superuser, pages: Pages):
    client = pages(superuser)
    form = {"email": "new@ours.example", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    client.post(reverse("admin:accounts_staffuser_add"), form)
    person = StaffUser.objects.get(email="new@ours.example")
    again = {"usable_password": "true", "password1": "another-good-one", "password2": "another-good-one"}
    client.post(reverse("admin:auth_user_password_change", args=[person.pk]), again)

    person.refresh_from_db()
    assert person.check_password("another-good-one")


def test_page_of_a_person_shows_no_password_hash(superuser, staff, pages: Pages):
    body = pages(superuser).get(reverse("admin:accounts_staffuser_change", args=[staff.pk])).content.decode()

    assert staff.password not in body


def test_digest_of_a_token_is_never_shown_and_revoking_closes_it(ours, superuser, pages: Pages):
    make_token(ours, expires_at=timezone.now() + timedelta(days=1), now=timezone.now())
    token = ServiceToken.objects.get()
    client = pages(superuser)

    body = client.get(reverse("admin:accounts_servicetoken_change", args=[token.pk])).content.decode()
    client.post(reverse("admin:accounts_servicetoken_changelist"), {"action": "revoke", "_selected_action": [token.pk]})

    assert token.digest not in body
    token.refresh_from_db()
    assert token.revoked_at is not None
