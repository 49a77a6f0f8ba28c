"""When an edition runs."""

from datetime import timedelta

from editions.choices import Severity
from editions.healthcheck.places import tab
from editions.healthcheck.registry import Category, Noted, Rows, check
from editions.healthcheck.setup import Setup

LONGEST = timedelta(days=31)


@check(
    Category.DATES,
    # A shop that is open all year has none, and sells all the same.
    Severity.WARNING,
    message="Not set: {notes}.",
    suggestion="Enter the day and time at which the edition starts and the one at which it ends.",
    place=tab("dates"),
)
def dates_are_set(setup: Setup) -> Rows:
    """The edition has a start and an end."""
    if setup.edition.start_date is None:
        yield Noted(setup.edition, "start date")
    if setup.edition.end_date is None:
        yield Noted(setup.edition, "end date")


@check(
    Category.DATES,
    Severity.WARNING,
    message="This draft ended on {notes}.",
    suggestion="Move the dates to the coming run before publishing, or archive the draft.",
    place=tab("dates"),
)
def draft_is_not_over(setup: Setup) -> Rows:
    """A draft's end is still to come."""
    end = setup.edition.end_date
    if setup.edition.is_draft and end and end < setup.now:
        yield Noted(setup.edition, f"{end:%-d %B %Y}")


@check(
    Category.DATES,
    Severity.WARNING,
    message="The edition lasts {notes} days.",
    suggestion="Check the year and the month of both dates; leave them if it really lasts that long.",
    place=tab("dates"),
)
def duration_is_usual(setup: Setup) -> Rows:
    """The edition lasts a month at most."""
    start, end = setup.edition.start_date, setup.edition.end_date
    if start and end and end - start > LONGEST:
        yield Noted(setup.edition, str((end - start).days))


@check(
    Category.DATES,
    Severity.WARNING,
    message="The timezone is UTC, so that times are shown as they are in no country of this edition.",
    suggestion="Choose the timezone of the place, such as Europe/Copenhagen.",
    place=tab("dates"),
)
def timezone_is_of_a_place(setup: Setup) -> Rows:
    """The timezone is the one of a place."""
    if setup.edition.timezone == "UTC":
        yield setup.edition
