"""The nightly look at published editions."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app

from editions import healthcheck
from editions.models import Edition, HealthChange
from editions.models.health import HealthChangeQuerySet
from editions.operations import health
from editions.operations.health import check_published, record_health
from preo.accounts.models import Organization
from preo.webhooks.models import OutboxEvent
from tests.editions.health_cases import CASES
from tests.factories import NOON
from tests.factories_ready import make_ready_edition
from tests.races import together

LATER = NOON + timedelta(hours=1)
LATEST = NOON + timedelta(hours=2)
WARNING, CRITICAL = "timezone_is_of_a_place", "product_can_be_used"


def make(organization: Organization, **others: Any) -> Edition:
    return make_ready_edition(organization, **({"is_draft": False, "published_at": NOON} | others))


def changes() -> list[tuple[Any, ...]]:
    fields = ("edition", "previous_status", "status", "failed_checks", "created")
    return list(HealthChange.objects.order_by("created").values_list(*fields))


def test_the_first_look_is_written_down(ours: Organization) -> None:
    edition = make(ours)

    assert check_published(now=NOON) == 1
    assert changes() == [(edition.pk, None, "healthy", [], NOON)]


def test_a_status_that_stays_is_not_written_again(ours: Organization) -> None:
    edition = make(ours)
    CASES[WARNING].damage(edition)
    check_published(now=NOON)
    Edition.objects.update(meta_image=None)

    assert check_published(now=LATER) == 0
    assert changes() == [(edition.pk, None, "warning", [WARNING], NOON)]


def test_every_change_is_written_down_with_what_was_before(ours: Organization) -> None:
    edition = make(ours)
    check_published(now=NOON)
    CASES[CRITICAL].damage(edition)
    check_published(now=LATER)
    CASES[CRITICAL].mend(edition)
    check_published(now=LATEST)

    assert changes() == [
        (edition.pk, None, "healthy", [], NOON),
        (edition.pk, "healthy", "critical", [CRITICAL], LATER),
        (edition.pk, "critical", "healthy", [], LATEST),
    ]


def test_a_change_is_announced(ours: Organization) -> None:
    edition = make(ours, slug="camp")
    CASES[CRITICAL].damage(edition)

    check_published(now=NOON)

    event = OutboxEvent.objects.get()
    assert (event.type, event.organization_id, event.edition_id, event.occurred_at) == (
        "edition.health_changed",
        ours.pk,
        edition.pk,
        NOON,
    )
    assert event.payload == {
        "id": edition.pk,
        "organization_id": ours.pk,
        "event_id": edition.event_id,
        "name": "Camp 2026",
        "slug": "camp",
        "is_draft": False,
        "is_archived": False,
        "previous_status": None,
        "status": "critical",
        "failed_checks": [CRITICAL],
    }


@pytest.mark.parametrize("others", [{"is_draft": True, "published_at": None}, {"is_archived": True}])
def test_only_published_editions_are_looked_at(ours: Organization, others: dict[str, Any]) -> None:
    make(ours, **others)

    assert check_published(now=NOON) == 0
    assert changes() == []


def test_a_night_without_news_costs_as_much_for_three_as_for_one(ours: Organization, theirs: Organization) -> None:
    make(ours)
    one = queries_of_a_second_look()
    make(ours)
    make(theirs)

    assert queries_of_a_second_look() == one


def queries_of_a_second_look() -> int:
    check_published(now=NOON)
    with CaptureQueriesContext(connection) as captured:
        check_published(now=LATER)
    return len(captured)


def test_more_editions_than_a_batch_are_all_looked_at(ours: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("editions.healthcheck.report.BATCH", 2)
    editions = {make(ours).pk for _ in range(5)}

    assert check_published(now=NOON) == 5
    assert {row[0] for row in changes()} == editions


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("is_held", "times"), [(True, 1), (False, 2)], ids=["held", "control without the lock"])
def test_two_looks_at_once_write_a_change_once(
    ours: Organization, monkeypatch: pytest.MonkeyPatch, is_held: bool, times: int
) -> None:
    monkeypatch.setattr(HealthChangeQuerySet, "last_statuses", together(HealthChangeQuerySet.last_statuses))
    if not is_held:
        monkeypatch.setattr(health, "_hold", lambda _: None)
    reports = [healthcheck.run(make(ours), now=NOON)]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(record, [reports, reports]))

    assert len(changes()) == times


def record(reports: list[healthcheck.Report]) -> None:
    try:
        record_health(reports, now=NOON)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_the_job_runs_every_night_and_never_twice_at_once(ours: Organization) -> None:
    make(ours)
    task = app.tasks["editions.check_published"]
    schedules = {one.task.name: one.cron for one in app.periodic_registry.periodic_tasks.values()}

    task(timestamp=0)

    assert (schedules[task.name], task.queueing_lock) == ("0 3 * * *", task.name)
    assert HealthChange.objects.count() == 1
