"""What is wrong with how an edition is set up, and what to do about it."""

from editions.healthcheck import checks
from editions.healthcheck.registry import Category, Check, Noted, Rows, check, registered_checks
from editions.healthcheck.report import Related, Report, Result, batches, examine, failures, run, run_all
from editions.healthcheck.setup import Setup

__all__ = [
    "Category",
    "Check",
    "Noted",
    "Related",
    "Report",
    "Result",
    "Rows",
    "Setup",
    "batches",
    "check",
    "checks",
    "examine",
    "failures",
    "registered_checks",
    "run",
    "run_all",
]
