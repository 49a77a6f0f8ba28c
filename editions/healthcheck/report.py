"""Running the checks over editions, and what they come to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Model

from editions.choices import HealthStatus, Severity
from editions.healthcheck.registry import Category, Check, Noted, registered_checks
from editions.healthcheck.setup import Setup
from editions.healthcheck.texts import name_of
from editions.models import Edition
from editions.models.editions import EditionQuerySet

BATCH = 50
MOST_RELATED = 20
MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Related:
    """A row that a result is about."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found. `related` holds the first rows concerned; `message` says when there are more."""

    check_id: str
    category: Category
    severity: Severity
    passed: bool
    message: str
    suggestion: str
    related: Sequence[Related]
    admin_path: str

    @property
    def is_critical(self) -> bool:
        return self.severity == Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Report:
    """The results of every check on one edition."""

    edition: Edition
    results: Sequence[Result]

    @property
    def summary(self) -> Mapping[Severity, int]:
        """How many checks failed, by severity."""
        failed = Counter(result.severity for result in failures(self))
        return {severity: failed[severity] for severity in Severity}

    @property
    def can_publish(self) -> bool:
        """Rule: "Healthcheck" in docs/rules.md."""
        return not self.summary[Severity.CRITICAL]

    @property
    def status(self) -> HealthStatus:
        """The worst severity among what failed; infos alone are healthy."""
        if self.summary[Severity.CRITICAL]:
            return HealthStatus.CRITICAL
        return HealthStatus.WARNING if self.summary[Severity.WARNING] else HealthStatus.HEALTHY


def failures(report: Report, *, at_least: Severity = Severity.INFO) -> Sequence[Result]:
    """What failed at this severity or a worse one."""
    counted = list(Severity)[: list(Severity).index(at_least) + 1]
    return [result for result in report.results if not result.passed and result.severity in counted]


def run(edition: Edition, *, now: datetime) -> Report:
    """Look at the edition as it is in the database now; a fixed number of queries."""
    return examine(Edition.objects.with_setup().get(pk=edition.pk), now=now)


def run_all(editions: EditionQuerySet, *, now: datetime) -> Iterator[Report]:
    """Look at many, a batch at a time; each batch costs as many queries as one edition does."""
    for edition in editions.with_setup().iterator(chunk_size=BATCH):
        yield examine(edition, now=now)


def batches(reports: Iterable[Report]) -> Iterator[Sequence[Report]]:
    """As many together as were loaded together."""
    remaining = iter(reports)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def examine(edition: Edition, *, now: datetime) -> Report:
    """Look at an edition from `with_setup()`, without a query."""
    setup = Setup(edition, now)
    return Report(edition, [_result(check, setup) for check in registered_checks()])


def _result(check: Check, setup: Setup) -> Result:
    found = list(dict.fromkeys(check.find(setup)))
    rows = list(dict.fromkeys(one.row if isinstance(one, Noted) else one for one in found))
    return Result(
        check_id=check.check_id,
        category=check.category,
        severity=check.severity,
        passed=not found,
        message=_message(check, found, rows) if found else check.rule,
        suggestion=check.suggestion if found else "",
        related=[Related(str(row.pk), name_of(row)) for row in rows[:MOST_RELATED]],
        admin_path=check.place(setup.edition, rows),
    )


def _message(check: Check, found: Sequence[Model | Noted], rows: Sequence[Model]) -> str:
    notes = dict.fromkeys(one.note for one in found if isinstance(one, Noted))
    names = [f"{name_of(one.row)} ({one.note})" if isinstance(one, Noted) else name_of(one) for one in found]
    said = check.message.format(names=listed(names), notes=listed(list(notes)), count=len(rows))
    if len(rows) > MOST_RELATED:
        return f"{said} The first {MOST_RELATED} of {len(rows)} are listed."
    return said


def listed(words: Sequence[str]) -> str:
    """The first of them in a sentence: "Tent", "Tent and Locker", "Tent, Locker and 7 more"."""
    shown = (
        list(words) if len(words) <= MOST_NAMES else [*words[: MOST_NAMES - 1], f"{len(words) - MOST_NAMES + 1} more"]
    )
    *first, last = shown or [""]
    return f"{', '.join(first)} and {last}" if first else last
