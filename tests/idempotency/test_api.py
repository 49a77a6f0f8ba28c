"""What a key does, over HTTP, on refunds."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from editions.models import Edition
from orders.models import Purchase
from preo.accounts.models import Membership, Organization, ServiceToken, StaffUser
from preo.accounts.operations import revoke_service_token
from preo.api.errors import PROBLEM_JSON
from preo.api.roles import Role
from preo.idempotency.models import KeptAnswer
from refunds.models import RefundRequest
from refunds.states import RefundScope
from tests.documented import DocumentedClient
from tests.factories import make_edition_member, make_purchase, make_refund, make_token

pytestmark = pytest.mark.django_db
URL = "/v1/refunds"
KEY = "order-4711-line-2"


@pytest.fixture
def purchase(edition: Edition) -> Purchase:
    return make_purchase(edition)


@pytest.fixture
def client(staff: StaffUser) -> DocumentedClient:
    return client_of(staff)


def client_of(person: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    # Anew, as each request has it: what a person can reach is remembered for the length of one.
    found.force_authenticate(StaffUser.objects.get(pk=person.pk))
    return found


def with_token(organization: Organization, **others: Any) -> DocumentedClient:
    found = DocumentedClient()
    found.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(organization, **others)}")
    return found


def asking(purchase: Purchase, amount: float = 10) -> dict[str, Any]:
    return {"purchase_id": purchase.pk, "reason": "other", "amount": amount}


def post(client: DocumentedClient, body: Any, *, url: str = URL, key: str = KEY) -> Any:
    return client.post(url, body, headers={"Idempotency-Key": key})


def told(answer: Any) -> tuple[int, str, bool]:
    return answer.status_code, answer.json().get("code", ""), answer.headers.get("Idempotency-Replayed") == "true"


@pytest.mark.parametrize("key", ["", " ", "a b", "a\tb", "x" * 256, "nøgle", "a\x7f"])
def test_a_key_is_1_to_255_visible_characters(client: DocumentedClient, purchase: Purchase, key: str) -> None:
    answer = post(client, asking(purchase), key=key)

    assert (told(answer), answer.headers["Content-Type"]) == ((400, "idempotency_key_invalid", False), PROBLEM_JSON)
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert not RefundRequest.objects.exists()


@pytest.mark.parametrize("key", ["0", "x" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "a,b", "~!"])
def test_any_such_text_is_a_key_as_it_is(client: DocumentedClient, purchase: Purchase, key: str) -> None:
    answers = [post(client, asking(purchase), key=key) for _ in range(2)]

    assert [told(answer) for answer in answers] == [(201, "", False), (201, "", True)]
    assert KeptAnswer.objects.get().key == key


def test_another_key_is_another_request(client: DocumentedClient, purchase: Purchase) -> None:
    answers = [post(client, asking(purchase), key=key) for key in ("k", "K")]

    assert [told(answer) for answer in answers] == [(201, "", False)] * 2
    assert RefundRequest.objects.count() == 2


def test_the_first_answer_comes_again_though_things_have_changed(client: DocumentedClient, purchase: Purchase) -> None:
    first = post(client, asking(purchase))
    RefundRequest.objects.update(comment="Changed since")

    again = post(client, asking(purchase))

    assert (again.content, again.headers["Content-Type"]) == (first.content, first.headers["Content-Type"])
    assert client.get(f"{URL}/{first.json()['id']}").json()["comment"] == "Changed since"


def test_a_no_of_a_rule_comes_again_though_it_would_be_a_yes(
    client: DocumentedClient, purchase: Purchase, manager: StaffUser
) -> None:
    refund = make_refund(purchase, by=manager, scope=RefundScope.PURCHASE_FULL)
    first = post(client, asking(purchase))
    client_of(manager).post(f"{URL}/{refund.pk}/reject", {"reason": "No receipt"})

    answers = [first, post(client, asking(purchase)), post(client, asking(purchase), key="new")]

    assert [answer.status_code for answer in answers] == [409, 409, 201]
    assert answers[1].content == first.content
    assert [told(answer)[2] for answer in answers] == [False, True, False]


def test_a_no_of_a_rule_leaves_nothing_but_itself(client: DocumentedClient, purchase: Purchase) -> None:
    post(client, asking(purchase, amount=10_000))

    assert (RefundRequest.objects.count(), KeptAnswer.objects.get().status) == (0, 409)


def test_what_was_not_understood_leaves_the_key_for_the_right_words(
    client: DocumentedClient, purchase: Purchase
) -> None:
    wrong = [{"purchase_id": purchase.pk}, asking(purchase, amount=-1), {**asking(purchase), "purchase_id": "pur_x"}]

    refused = [post(client, body).status_code for body in wrong]

    assert refused == [400, 400, 404]
    assert told(post(client, asking(purchase))) == (201, "", False)


def test_who_may_not_leaves_the_key_for_when_it_may(purchase: Purchase, staff: StaffUser, guest: StaffUser) -> None:
    url = f"{URL}/{make_refund(purchase, by=guest).pk}/approve"
    refused = post(client_of(staff), None, url=url)
    staff.memberships.update(role=Role.MANAGER)

    answer = post(client_of(staff), None, url=url)

    assert (refused.status_code, told(answer)) == (403, (200, "", False))


def test_the_query_is_part_of_the_request(edition: Edition, admin: StaffUser) -> None:
    url = f"/v1/editions/{edition.pk}/duplicate"
    client, body = client_of(admin), {"name": "Camp 2027"}

    answers = [post(client, body, url=f"{url}{query}") for query in ("?dry_run=true", "", "?dry_run=true")]

    assert [told(answer) for answer in answers] == [
        (200, "", False),
        (422, "idempotency_key_reused", False),
        (200, "", True),
    ]


def test_the_content_type_is_part_of_the_request(client: DocumentedClient, purchase: Purchase) -> None:
    text, headers = json.dumps(asking(purchase)), {"Idempotency-Key": KEY}
    types = ("application/json", "application/json; charset=utf-8")

    answers = [client.generic("POST", URL, text, type_, headers=headers) for type_ in types]

    assert [answer.status_code for answer in answers] == [201, 422]


def test_a_key_of_another_route_is_refused(purchase: Purchase, manager: StaffUser) -> None:
    client = client_of(manager)
    refund = post(client, asking(purchase)).json()

    answer = post(client, None, url=f"{URL}/{refund['id']}/approve")

    assert told(answer) == (422, "idempotency_key_reused", False)
    assert RefundRequest.objects.get().status == "requested"


def test_an_expired_key_is_new_at_once(client: DocumentedClient, purchase: Purchase) -> None:
    post(client, asking(purchase))
    now = timezone.now()
    KeptAnswer.objects.update(created=now - timedelta(days=1), expires_at=now)

    answers = [post(client, asking(purchase, amount=5)) for _ in range(2)]

    assert [told(answer) for answer in answers] == [(201, "", False), (201, "", True)]
    assert RefundRequest.objects.count() == 2


def test_tokens_and_persons_share_no_answer(ours: Organization, purchase: Purchase, staff: StaffUser) -> None:
    callers = [with_token(ours), with_token(ours), client_of(staff)]

    answers = [post(caller, asking(purchase)) for caller in [*callers, *callers]]

    assert [told(answer)[2] for answer in answers] == [False] * 3 + [True] * 3
    assert [answer.content for answer in answers[:3]] == [answer.content for answer in answers[3:]]
    assert RefundRequest.objects.count() == 3


def test_a_revoked_token_gets_no_answer_again(ours: Organization, purchase: Purchase) -> None:
    client = with_token(ours)
    post(client, asking(purchase))
    revoke_service_token(ServiceToken.objects.get(), now=timezone.now())

    assert post(client, asking(purchase)).status_code == 401


@pytest.mark.parametrize("less", [{"scopes": ["refunds:write"]}, {"role": Role.STAFF}])
def test_a_token_that_may_do_less_gets_no_answer_again(
    ours: Organization, purchase: Purchase, less: dict[str, Any]
) -> None:
    client = with_token(ours)
    post(client, asking(purchase))
    ServiceToken.objects.update(**less)

    assert told(post(client, asking(purchase))) == (403, "rights_lost", False)


def test_who_has_left_gets_no_answer_again(purchase: Purchase, staff: StaffUser) -> None:
    post(client_of(staff), asking(purchase))
    Membership.objects.filter(staff_user=staff).delete()

    assert told(post(client_of(staff), asking(purchase))) == (403, "rights_lost", False)


def test_who_has_got_more_gets_the_answer_again(
    ours: Organization, edition: Edition, purchase: Purchase, their_edition: Edition
) -> None:
    person = make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)
    post(client_of(person), asking(purchase))
    # The role on the edition is now among those on its organization.
    person.edition_memberships.all().delete()
    Membership.objects.create(organization=ours, staff_user=person, role=Role.MANAGER)
    person.edition_memberships.create(edition=their_edition, role=Role.STAFF)

    assert told(post(client_of(person), asking(purchase))) == (201, "", True)


def test_a_body_above_the_limit_is_refused_before_it_is_read(
    client: DocumentedClient, purchase: Purchase, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 50

    assert told(post(client, asking(purchase))) == (413, "too_large", False)
