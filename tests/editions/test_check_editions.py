"""`manage.py check_editions`: which editions, what is printed, how it ends."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from preo.accounts.models import Organization
from tests.editions.health_cases import CASES
from tests.factories_ready import make_ready_edition

INFO, WARNING, CRITICAL = "product_is_published", "timezone_is_of_a_place", "product_can_be_used"

each = pytest.mark.parametrize


def make(organization: Organization, *damages: str, **others: Any) -> Edition:
    edition = make_ready_edition(organization, now=datetime.now(UTC), **others)
    for check_id in damages:
        CASES[check_id].damage(edition)
    return edition


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code, and what went to the output."""
    try:
        call_command("check_editions", *arguments)
    except CommandError as problem:
        return problem.returncode, capsys.readouterr().out
    return 0, capsys.readouterr().out


def test_it_prints_what_fails_and_a_summary(ours: Organization, capsys: pytest.CaptureFixture[str]) -> None:
    make(ours, CRITICAL, INFO, slug="camp")

    code, out = run(capsys)

    assert (code, out.splitlines()) == (
        1,
        [
            "ours/camp: critical",
            "  critical product_can_be_used: A unit of Tent can be used zero times, so that nobody could collect it.",
            "  info     product_is_published: Still a draft, and not on sale: Chair.",
            "1 edition checked: 1 critical, 0 warning, 0 healthy.",
        ],
    )


@each(
    ("editions", "fail_on", "said"),
    [
        (1, "critical", "Critical findings in 1 of 1 edition."),
        (2, "critical", "Critical findings in 2 of 2 editions."),
        (1, "warning", "Critical findings or warnings in 1 of 1 edition."),
    ],
)
def test_it_says_how_many_fail(ours: Organization, editions: int, fail_on: str, said: str) -> None:
    for _ in range(editions):
        make(ours, CRITICAL)

    with pytest.raises(CommandError) as problem:
        call_command("check_editions", "--fail-on", fail_on)

    assert str(problem.value) == said


@each(
    ("damage", "fail_on", "code"),
    [
        (INFO, "critical", 0),
        (INFO, "warning", 0),
        (WARNING, "critical", 0),
        (WARNING, "warning", 1),
        (CRITICAL, "critical", 1),
        (CRITICAL, "warning", 1),
    ],
)
def test_the_exit_code_is_one_when_what_fails_is_severe_enough(
    ours: Organization, capsys: pytest.CaptureFixture[str], damage: str, fail_on: str, code: int
) -> None:
    make(ours)
    make(ours, damage)

    assert run(capsys, "--fail-on", fail_on)[0] == code


def test_it_looks_at_all_but_archived_ones(
    ours: Organization, theirs: Organization, capsys: pytest.CaptureFixture[str]
) -> None:
    make(ours, slug="draft")
    make(theirs, slug="published", is_draft=False, published_at=datetime.now(UTC))
    make(ours, CRITICAL, slug="archived", is_archived=True)

    code, out = run(capsys)

    assert (code, set(out.splitlines())) == (
        0,
        {"ours/draft: healthy", "theirs/published: healthy", "2 editions checked: 0 critical, 0 warning, 2 healthy."},
    )


def test_it_can_look_at_published_ones_alone(ours: Organization, capsys: pytest.CaptureFixture[str]) -> None:
    make(ours, CRITICAL, slug="draft")
    make(ours, slug="published", is_draft=False, published_at=datetime.now(UTC))

    code, out = run(capsys, "--published")

    assert (code, out.splitlines()[0]) == (0, "ours/published: healthy")


@each("name", ["id", "slugs"])
def test_it_can_look_at_one_alone(ours: Organization, capsys: pytest.CaptureFixture[str], name: str) -> None:
    edition = make(ours, slug="camp")
    make(ours, CRITICAL, slug="other")

    code, out = run(capsys, "--edition", edition.pk if name == "id" else "ours/camp")

    assert (code, out.splitlines()[0]) == (0, "ours/camp: healthy")


@each("name", ["camp", "theirs/camp", "edt_x", "org_01h455vb4pex5vsknk084sn02q", ""])
def test_it_refuses_an_edition_that_is_not_there(ours: Organization, name: str) -> None:
    make(ours, slug="camp")

    with pytest.raises(CommandError, match="There is no edition"):
        call_command("check_editions", "--edition", name)


def test_it_prints_an_edition_a_line_as_json(ours: Organization, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = make(ours, slug="good"), make(ours, WARNING, slug="bad")

    code, out = run(capsys, "--json", "--fail-on", "warning")
    lines = {line["edition"]: line for line in map(json.loads, out.splitlines())}

    assert code == 1
    assert lines == {
        "ours/good": told(good),
        "ours/bad": told(
            bad,
            status="warning",
            summary={"critical": 0, "warning": 1, "info": 0},
            failures=[
                {
                    "check_id": WARNING,
                    "category": "dates",
                    "severity": "warning",
                    "message": CASES[WARNING].message,
                    "suggestion": "Choose the timezone of the place, such as Europe/Copenhagen.",
                }
            ],
        ),
    }


def told(edition: Edition, **others: Any) -> dict[str, Any]:
    return {
        "edition_id": edition.pk,
        "edition": f"ours/{edition.slug}",
        "edition_name": "Summer Days Camp 2026",
        "status": "healthy",
        "can_publish": True,
        "summary": {"critical": 0, "warning": 0, "info": 0},
        "failures": [],
    } | others


def test_it_writes_nothing_and_asks_as_much_for_three_as_for_one(
    ours: Organization, capsys: pytest.CaptureFixture[str]
) -> None:
    make(ours)
    with CaptureQueriesContext(connection) as one:
        run(capsys)
    make(ours)
    make(ours)
    with CaptureQueriesContext(connection) as three:
        run(capsys)

    assert len(three) == len(one)
    assert all(query["sql"].startswith(("SELECT", "DECLARE")) for query in three.captured_queries)
