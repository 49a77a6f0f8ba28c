"""Keeping book of the health of published editions."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from editions import healthcheck
from editions.events import payload
from editions.healthcheck import Report
from editions.models import Edition, HealthChange
from preo.recording import operation
from preo.webhooks.outbox import announce


def check_published(*, now: datetime) -> int:
    """Look at every published edition, a batch at a time; answers how many changed. Safe to repeat."""
    reports = healthcheck.run_all(Edition.objects.published(), now=now)
    return sum(len(record_health(batch, now=now)) for batch in healthcheck.batches(reports))


@operation
def record_health(reports: Sequence[Report], *, now: datetime) -> Sequence[HealthChange]:
    """Write down and announce what has another status than it had; the first look at an edition counts as a change.

    Reports that say what is known already change nothing. The editions are locked, so that of two runs at once one
    sees what the other wrote. Rule: "Changes of health" in docs/rules.md.
    """
    editions = Edition.objects.filter(pk__in=[report.edition.pk for report in reports])
    _hold(editions)
    known = HealthChange.objects.last_statuses(editions)
    changes = [
        HealthChange(
            edition=report.edition,
            previous_status=known.get(report.edition.pk),
            status=report.status,
            failed_checks=[result.check_id for result in healthcheck.failures(report)],
            created=now,
            modified=now,
        )
        for report in reports
        if known.get(report.edition.pk) != report.status
    ]
    HealthChange.objects.bulk_create(changes)
    for change in changes:
        _tell(change, now=now)
    return changes


def _hold(editions: QuerySet[Edition]) -> None:
    list(editions.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _tell(change: HealthChange, *, now: datetime) -> None:
    announce(
        "edition.health_changed",
        payload(change.edition)
        | {
            "previous_status": change.previous_status,
            "status": change.status,
            "failed_checks": change.failed_checks,
        },
        organization_id=change.edition.organization_id,
        edition_id=change.edition.pk,
        now=now,
    )
