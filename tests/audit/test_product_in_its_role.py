"""The product as a whole does its work in the application's role: people sign in, money goes back, files come in."""

import subprocess
import sys
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consents.choices import AnswerChannel, AnswerState
from consents.models import Consent
from consents.operations.answering import record_answer
from editions.models import Edition
from orders.models import Order
from preo.accounts.models import StaffUser
from preo.audit.models import AuditEvent
from refunds.models import RefundRequest
from tests.application_role import application_role, application_url, in_application_role
from tests.backoffice.conftest import Pages, pages, superuser
from tests.documented import DocumentedClient
from tests.factories import PASSWORD, make_purchase
from tests.kills import MANAGE

__all__ = ["application_role", "application_url", "in_application_role", "pages", "superuser"]

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]


def sign_in(person: StaffUser) -> DocumentedClient:
    """With the password, over the API."""
    client = DocumentedClient()
    answer = client.post("/v1/auth/token", {"email": person.email, "password": PASSWORD})
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    return client


def work(environment: dict[str, str]) -> None:
    """A real worker does what waits."""
    command = [sys.executable, str(MANAGE), "procrastinate", "worker", "--one-shot", "--queues", "refunds"]
    subprocess.run(command, env=environment, check=True, timeout=120)


@pytest.fixture
def environment(child_environment: dict[str, str], application_url: str) -> dict[str, str]:
    """Of a real process in the role."""
    return child_environment | {"DATABASE_URL": application_url}


@pytest.fixture
def rows(edition: Edition, staff: StaffUser, manager: StaffUser, superuser: StaffUser) -> dict[str, Any]:
    """Made by the owner, before anything happens in the role."""
    return {"purchase": make_purchase(edition), "edition": edition}


def test_money_goes_back(
    rows: dict[str, Any],
    staff: StaffUser,
    manager: StaffUser,
    environment: dict[str, str],
    in_application_role: None,
    application_role: str,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        assert cursor.fetchone() == (application_role,)

    asked = sign_in(staff).post(
        f"/v1/purchases/{rows['purchase'].pk}/refund", {"reason": "product_defect"}, HTTP_IDEMPOTENCY_KEY="once"
    )
    approved = sign_in(manager).post(f"/v1/refunds/{asked.json()['id']}/approve", HTTP_IDEMPOTENCY_KEY="approved")
    work(environment)

    assert (asked.status_code, approved.status_code) == (201, 200)
    assert RefundRequest.objects.get().status == "processed"
    told = AuditEvent.objects.filter(object_type="refunds.refundrequest").order_by("created", "id")
    assert list(told.values_list("actor_type", "process"))[:: len(told) - 1] == [
        ("staff_user", ""),
        ("job", "refunds.execute_ready"),
    ]


def test_an_edition_is_changed_copied_and_shown(
    rows: dict[str, Any], manager: StaffUser, in_application_role: None
) -> None:
    client, address = sign_in(manager), f"/v1/editions/{rows['edition'].pk}"

    assert client.patch(address, {"name": "Renamed"}).status_code == 200
    assert client.post(f"{address}/duplicate", {"name": "Next year"}).status_code == 201
    for path in (
        "/v1/editions",
        f"/v1/orders?edition_id={rows['edition'].pk}",
        "/v1/refunds",
        "/v1/users",
        "/v1/consents",
        "/v1/auth/user",
    ):
        assert client.get(path).status_code == 200, path


def test_a_consent_is_written_published_and_answered(
    rows: dict[str, Any], manager: StaffUser, in_application_role: None
) -> None:
    client, edition = sign_in(manager), rows["edition"]
    said = {"organization_id": edition.organization_id, "edition_id": edition.pk, "title": "Letters"}

    made = client.post("/v1/consents", {**said, "consent_text": {"en": "May we write to you?"}})
    published = client.patch(f"/v1/consents/{made.json().get('id')}", {"published": True})
    answer = record_answer(
        rows["purchase"].order.customer.known_by.get(),
        Consent.objects.get(),
        state=AnswerState.GIVEN,
        language="en",
        channel=AnswerChannel.PHONE,
        by=manager,
        now=timezone.now(),
    )

    assert (made.status_code, published.status_code) == (201, 200), (made.json(), published.json())
    assert Consent.objects.get().answers.get() == answer


def test_the_admin_signs_in_and_saves(
    rows: dict[str, Any], superuser: StaffUser, manager: StaffUser, pages: Pages, in_application_role: None
) -> None:
    client = Client()
    client.post(reverse("admin:login"), {"username": superuser.email, "password": "correct-horse-battery"})
    address = reverse("admin:accounts_organization_change", args=[rows["edition"].organization_id])

    assert client.get(reverse("admin:index")).status_code == 200
    assert pages(manager).get(reverse("admin:orders_order_changelist")).status_code == 200
    assert client.post(address, {"name": "Ours & co", "slug": "ours", "merchant_id": "{}"}).status_code == 302


def test_orders_come_in_from_a_file(rows: dict[str, Any], tmp_path: Path, in_application_role: None) -> None:
    mapping, edition = ROOT / "docs" / "examples" / "online-retail.toml", rows["edition"]
    some, before = tmp_path / "some.csv", Order.objects.count()
    with (ROOT / "tests" / "data" / "online-retail-sample.csv").open() as sample:
        some.write_text("".join(islice(sample, 40)))

    call_command(
        "import_orders",
        str(some),
        f"--edition=ours/{edition.slug}",
        f"--mapping={mapping}",
        f"--rejects={tmp_path / 'rejects.csv'}",
        stdout=StringIO(),
        stderr=StringIO(),
    )

    assert Order.objects.count() > before
