"""`X-Reason`: taken as it was sent, or refused by name; never cut, never left aside."""

import pytest
from rest_framework.test import APIClient

from editions.models import Edition
from preo.accounts.models import StaffUser
from preo.audit.models import AuditEvent


def as_sent(text: str) -> str:
    """How a server hands a header of UTF-8 over."""
    return text.encode().decode("latin-1")


def rename(api: APIClient, manager: StaffUser, edition: Edition, reason: str) -> tuple[int, str]:
    api.force_authenticate(manager)
    answer = api.patch(f"/v1/editions/{edition.pk}", {"name": "Renamed"}, HTTP_X_REASON=reason)
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize("reason", ["x", "The customer's wish", "Wunsch der Gäste: Zelt größer", "理" * 500, "a" * 500])
def test_a_reason_is_recorded_as_it_was_sent(api: APIClient, manager: StaffUser, edition: Edition, reason: str) -> None:
    assert rename(api, manager, edition, as_sent(reason)) == (200, "")

    assert AuditEvent.objects.latest("created").reason == reason


@pytest.mark.parametrize(
    "reason", ["", "  ", "a" * 501, "a\tb", "a\x00", "\x1b[31m", as_sent("a\u202eb"), "Gr\xfc\xdfe"]
)
def test_a_reason_that_cannot_be_taken_is_refused_by_name(
    api: APIClient, manager: StaffUser, edition: Edition, reason: str
) -> None:
    assert rename(api, manager, edition, reason) == (400, "reason_invalid")

    edition.refresh_from_db()
    assert edition.name != "Renamed"


def test_a_refused_reason_is_a_problem_document(api: APIClient) -> None:
    answer = api.get("/v1/editions", HTTP_X_REASON="\x07")

    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["X-Reason"]


@pytest.mark.django_db
def test_a_reason_ends_with_its_request(api: APIClient, manager: StaffUser, edition: Edition) -> None:
    rename(api, manager, edition, "Once")
    api.patch(f"/v1/editions/{edition.pk}", {"name": "Again"})

    assert AuditEvent.objects.latest("created").reason == ""
