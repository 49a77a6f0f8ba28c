"""What the healthcheck finds, as the page shows it: by severity, and by the tab where it is mended."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from editions.admin.edition_page.tabs import CATALOG, TABS, url_of
from editions.choices import Severity
from editions.healthcheck import Report, Result
from editions.models import Edition


@dataclass(frozen=True, slots=True)
class Findings:
    """What fails at one severity."""

    severity: Severity
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class Health:
    """A report, arranged."""

    report: Report
    failed: Sequence[Findings]
    passed: Sequence[Result]

    @property
    def critical(self) -> Sequence[Result]:
        """What keeps the edition from being published."""
        return next((found.results for found in self.failed if found.severity == Severity.CRITICAL), ())

    @property
    def verdict(self) -> str:
        """In a sentence whether it may be published; of what customers see already, whether it is in order."""
        count, is_draft = len(self.critical), self.report.edition.is_draft
        if not count:
            return "This edition can be published." if is_draft else "Nothing critical was found."
        if is_draft:
            return f"{'1 thing keeps' if count == 1 else f'{count} things keep'} it from being published."
        return f"{'1 thing needs' if count == 1 else f'{count} things need'} mending."


def arranged(report: Report) -> Health:
    """The failures, worst first, apart from what is fine."""
    failed = [result for result in report.results if not result.passed]
    by_severity = [
        Findings(severity, [result for result in failed if result.severity == severity]) for severity in Severity
    ]
    return Health(
        report=report,
        failed=[found for found in by_severity if found.results],
        passed=[result for result in report.results if result.passed],
    )


def failures_by_tab(health: Health, edition: Edition) -> Mapping[str, int]:
    """How many critical findings each tab can mend; what is mended on pages of its own counts for the catalog."""
    return Counter(_tab_of(result, edition) for result in health.critical)


def _tab_of(result: Result, edition: Edition) -> str:
    address = urlsplit(result.admin_path)
    if address.path != urlsplit(url_of(edition)).path:
        return CATALOG
    tab = parse_qs(address.query).get("tab", [""])[0]
    return tab if tab in TABS else next(iter(TABS))
