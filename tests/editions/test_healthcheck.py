"""Running the healthcheck: what a report comes to, and what it costs."""

from editions import healthcheck
from preo.accounts.models import Organization
from tests.factories import NOON
from tests.factories_ready import make_ready_edition


def test_run_finds_nothing_wrong_with_a_ready_edition(ours: Organization) -> None:
    report = healthcheck.run(make_ready_edition(ours), now=NOON)

    assert [(found.check_id, found.message) for found in healthcheck.failures(report)] == []
    assert (report.status, report.can_publish) == ("healthy", True)
    assert report.summary == {"critical": 0, "warning": 0, "info": 0}
