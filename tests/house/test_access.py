"""Who gets what answer, on every route that there is."""

from typing import Any

import pytest

from editions.models import Edition
from preo.accounts.models import Organization
from preo.api.errors import PROBLEM_JSON
from preo.api.roles import Role
from preo.api.scopes import ALL_SCOPES
from tests.documented import DocumentedClient, operations
from tests.factories import make_edition, make_edition_member, make_token
from tests.house.calling import ALL, CLOSED, LISTS, SCOPED, WITH_ID, call, ids_in, row_for
from tests.house.conftest import sign_in
from tests.house.routes import Route
from tests.house.table import OPEN, TABLE

VIEWSETS = list(dict.fromkeys(route.view for route in SCOPED))

each = pytest.mark.parametrize


def test_every_route_is_in_the_table_and_no_other() -> None:
    assert {str(route) for route in ALL} == TABLE.keys() | OPEN.keys()


def test_every_route_is_documented_and_no_other() -> None:
    documentation = {"GET /v1/schema", "GET /v1/docs", "GET /v1/redoc"}

    assert {" ".join(key) for key in operations()} == {str(route) for route in ALL} - documentation


CREDENTIALS = ["", "Bearer x.y.z", "Bearer preo_garbage", "Bearer", "Bearer a b", "Basic YTpi", "Bearer \xff"]


@each("route", CLOSED, ids=str)
def test_a_stranger_is_asked_who_they_are(stranger: DocumentedClient, route: Route) -> None:
    url = route.url(route.missing_id() if route.has_id else "")

    answers = [stranger.generic(route.method, url, headers={"Authorization": text}) for text in CREDENTIALS]

    assert {(answer.status_code, answer.headers["Content-Type"]) for answer in answers} == {(401, PROBLEM_JSON)}
    assert all(answer.headers["WWW-Authenticate"].startswith("Bearer") for answer in answers)
    assert all(answer.json()["status"] == 401 for answer in answers)


@each("route", WITH_ID, ids=str)
def test_a_row_of_another_organization_looks_like_none(
    as_admin: DocumentedClient, their_edition: Edition, route: Route
) -> None:
    theirs = row_for(route, their_edition)

    answer, missing = call(as_admin, route, theirs), call(as_admin, route, theirs, text=route.missing_id())

    assert answer.status_code == 404
    assert answer.content == missing.content


@each("route", WITH_ID, ids=str)
def test_a_row_of_another_edition_looks_like_none_to_a_member_of_one(
    ours: Organization, edition: Edition, route: Route
) -> None:
    client = sign_in(make_edition_member("one@ours.example", edition=edition, role=Role.ADMIN))
    inside, outside = row_for(route, edition), row_for(route, make_edition(ours))

    needs = TABLE[str(route)]

    assert call(client, route, outside).status_code == 404
    assert call(client, route, inside).status_code == (403 if needs.is_for_organization else needs.status)


NO_IDS = ["nonsense", "evx_00000000000000000000000000", "%00", "0" * 26, "x" * 10_000, "%FF%FE", "%F0%9F%8F%95", ".."]


@each("route", WITH_ID, ids=str)
def test_what_is_no_id_is_not_found(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    row = row_for(route, edition)

    answers = [call(as_admin, route, row, text=text) for text in [*NO_IDS, row.pk.upper(), row.pk + "0"]]

    assert {(answer.status_code, answer.headers["Content-Type"]) for answer in answers} == {(404, PROBLEM_JSON)}


@each("route", LISTS, ids=str)
def test_a_list_has_the_rows_of_ours_alone(
    as_admin: DocumentedClient, edition: Edition, their_edition: Edition, route: Route
) -> None:
    row_for(route, their_edition)
    row = row_for(route, edition)

    answer = call(as_admin, route, row)

    assert ids_in(answer) == [row.pk]
    assert answer.json()["count"] == 1


@each("route", LISTS, ids=str)
def test_a_list_has_the_rows_of_the_only_edition_of_a_member(
    ours: Organization, edition: Edition, route: Route
) -> None:
    role = Role(route.view.min_role_for_list)
    client = sign_in(make_edition_member("one@ours.example", edition=edition, role=role))
    row_for(route, make_edition(ours))
    row = row_for(route, edition)

    answer = call(client, route, row)

    assert ids_in(answer) == [row.pk]


@each("route", LISTS, ids=str)
def test_a_list_of_an_organization_out_of_reach_names_the_parameter(
    as_admin: DocumentedClient, theirs: Organization, route: Route
) -> None:
    nil = "00000000000000000000000000"
    texts = [theirs.pk, f"org_{nil}", f"edt_{nil}", "nonsense", "\0"]

    answers = [as_admin.get(route.path, {"organization_id": text}) for text in texts]

    assert {answer.status_code for answer in answers} == {404}
    assert {error["field"] for answer in answers for error in answer.json()["errors"]} == {"organization_id"}
    assert answers[0].content == answers[1].content


@each("route", LISTS, ids=str)
def test_a_list_tells_nobody_nothing(as_nobody: DocumentedClient, edition: Edition, route: Route) -> None:
    row = row_for(route, edition)

    answer = call(as_nobody, route, row)

    assert (answer.status_code, answer.json().get("results")) in [(200, []), (404, None)]


@each("route", [route for route in SCOPED if not route.is_list], ids=str)
def test_a_guest_may_not_do_it(as_guest: DocumentedClient, edition: Edition, route: Route) -> None:
    answer = call(as_guest, route, row_for(route, edition))

    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


@each("route", LISTS, ids=str)
def test_a_guest_may_not_list(as_guest: DocumentedClient, edition: Edition, ours: Organization, route: Route) -> None:
    row_for(route, edition)

    answer = as_guest.get(route.path, {"organization_id": ours.pk})

    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")


@each("view", VIEWSETS, ids=lambda view: view.__name__)
def test_every_action_has_a_scope_and_no_scope_is_left_over(view: Any) -> None:
    assert set(view.scopes) == {route.action for route in SCOPED if route.view is view}
    assert set(view.scopes.values()) <= ALL_SCOPES
    assert set(view.min_roles) <= set(view.scopes)


def test_a_scope_to_read_is_for_reading_alone() -> None:
    assert {route.method for route in SCOPED if str(route.scope).endswith(":read")} == {"GET"}
    assert {route.method for route in SCOPED if not str(route.scope).endswith(":read")} <= {"POST", "PATCH", "DELETE"}


@each("route", SCOPED, ids=str)
def test_a_token_without_the_scope_is_refused(
    stranger: DocumentedClient, ours: Organization, edition: Edition, route: Route
) -> None:
    token = make_token(ours, scopes=ALL_SCOPES - {route.scope})
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

    answer = call(stranger, route, row_for(route, edition))

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


@each("route", SCOPED, ids=str)
def test_a_token_with_the_scope_alone_is_enough(
    stranger: DocumentedClient, ours: Organization, edition: Edition, route: Route
) -> None:
    token = make_token(ours, scopes={route.scope})
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

    answer = call(stranger, route, row_for(route, edition), idempotency_key="1")

    assert answer.status_code == TABLE[str(route)].status


@each("route", SCOPED, ids=str)
def test_a_method_that_is_not_there_is_not_allowed(as_admin: DocumentedClient, edition: Edition, route: Route) -> None:
    offered = {other.method for other in ALL if other.path == route.path}
    url = route.url(row_for(route, edition).pk)

    answers = [as_admin.generic(name, url) for name in {"PUT", "DELETE", "PATCH", "POST", "GET"} - offered]

    assert {answer.status_code for answer in answers} == {405}
    assert {answer.headers["Content-Type"] for answer in answers} == {PROBLEM_JSON}
