"""What a key does on any view: shown on views of the tests' own, which end as no route of ours does."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from editions.models import Event
from preo.accounts.models import Organization, StaffUser
from preo.api.errors import PROBLEM_JSON
from preo.api.idempotency import SafeRetries
from preo.errors import DomainError, InvalidField
from preo.idempotency.models import KeptAnswer

pytestmark = pytest.mark.django_db


def own(person: StaffUser, handle: Callable[[], Any]) -> Any:
    """What a view of the test's own answers to a POST with the key."""
    request = APIRequestFactory().post("/own", headers={"Idempotency-Key": "k"})
    force_authenticate(request, person)
    view: Any = type("Own", (SafeRetries,), {"post": lambda *_: handle()})
    answer = view.as_view()(request)
    return answer.render() if isinstance(answer, Response) else answer


class No(DomainError):
    code = "no"


def add_event(organization: Organization, end: Exception | None = None) -> Response:
    Event.objects.create(organization=organization, name="Own")
    if end:
        raise end
    return Response(status=204, headers={"Location": "/own/1"})


def test_an_answer_without_a_body_comes_again_with_its_headers(ours: Organization, admin: StaffUser) -> None:
    answers = [own(admin, lambda: add_event(ours)) for _ in range(2)]

    assert [(answer.status_code, answer.content, answer.headers["Location"]) for answer in answers] == [
        (204, b"", "/own/1")
    ] * 2
    assert dict(answers[1].headers) == {**answers[0].headers, "Idempotency-Replayed": "true"}
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("end", "status"),
    [(ZeroDivisionError(), 500), (PermissionDenied(), 403), (InvalidField("name", "odd", "Odd."), 400)],
)
def test_what_came_to_no_end_has_no_effect_and_leaves_the_key(
    ours: Organization, admin: StaffUser, end: Exception, status: int
) -> None:
    failed = own(admin, lambda: add_event(ours, end))

    assert (failed.status_code, Event.objects.count(), KeptAnswer.objects.count()) == (status, 0, 0)
    assert (own(admin, lambda: add_event(ours)).status_code, Event.objects.count()) == (204, 1)


def test_a_no_of_a_rule_takes_back_what_was_done_before_it(ours: Organization, admin: StaffUser) -> None:
    answers = [own(admin, lambda: add_event(ours, No("No."))) for _ in range(2)]

    assert [(answer.status_code, answer.headers["Content-Type"]) for answer in answers] == [(409, PROBLEM_JSON)] * 2
    assert answers[0].content == answers[1].content
    assert Event.objects.count() == 0
