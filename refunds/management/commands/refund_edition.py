"""`manage.py refund_edition`: give a whole edition, or part of it, back."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from editions.management.finding import find_edition
from editions.models import Edition
from orders.states import OrderStatus, OrderType
from preo.accounts.models import StaffUser
from preo.errors import DomainError, InvalidField
from preo.spreadsheets import csv_lines
from refunds import batch_policy
from refunds.batch_report import HEADINGS, rows_of
from refunds.management.following import ProgressLine, summary, work
from refunds.models import RefundBatch
from refunds.operations import batches
from refunds.operations.batches.planning import MOST_AT_ONCE
from refunds.states import CUSTOM_SCOPES, BatchStatus, RefundReason, RefundScope

SOME_DID_NOT_GO_BACK, NOT_OVER = 2, 3
SELECTION = {
    "product_ids": "products",
    "location_ids": "locations",
    "vendor_codes": "vendors",
    "order_ids": "orders",
    "order_status": "order_status",
    "order_type": "order_type",
    "created_after": "created_after",
    "created_before": "created_before",
}
"""Members of a selection, and the options they come from."""

HELP = (
    "Plan a mass refund, and say what would go back and what can't: a dry run, unless a second person approves it with "
    "--approve-by and the edition's name. Then it is carried out here; killed and started again with the same "
    "arguments, or with --resume, it goes on where it was, and nothing goes back twice. Ends with 0 when everything "
    f"went back, {SOME_DID_NOT_GO_BACK} when some lines failed or were refused, {NOT_OVER} when it is not over, and 1 "
    "when nothing was done."
)


class Command(BaseCommand):
    help = HELP

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "edition", nargs="?", metavar="ORGANIZATION/EDITION", help="the slugs of both, or an id (edt_…)"
        )
        parser.add_argument("--by", required=True, metavar="EMAIL", help="who asks; who steers")
        parser.add_argument("--reason", choices=RefundReason.values)
        scopes = [scope.value for scope in RefundScope if scope not in CUSTOM_SCOPES]
        parser.add_argument("--scope", choices=scopes, help="by default the reason's own")
        parser.add_argument("--comment", default="")
        parser.add_argument(
            "--concurrency", type=int, default=4, help=f"calls that go out at once, 1 to {MOST_AT_ONCE} (default: 4)"
        )
        _add_selection(parser)
        parser.add_argument("--dry-run", action="store_true", help="only plan; so it is without --approve-by too")
        parser.add_argument("--approve-by", metavar="EMAIL", help="the second person, who lets it be carried out")
        parser.add_argument("--edition-name", default="", help="the edition's full name, typed by the second person")
        parser.add_argument("--wait", action="store_true", help="until every provider has answered")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write a row for each line, as CSV")
        for step, told in STEPS.items():
            parser.add_argument(f"--{step}", metavar="rfb_…", help=told)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            batch = self._handled(options)
        except InvalidField as problem:
            raise CommandError(f"{problem.field}: {problem.detail}") from None
        except DomainError as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write("\n".join(summary(batch)))
        if options["report"]:
            _write_report(batch, options["report"])
        if code := _exit_code(batch):
            sys.exit(code)

    def _handled(self, options: dict[str, Any]) -> RefundBatch:
        by = _person(options["by"])
        for step in STEPS:
            if options[step]:
                return self._steered(step, _batch(options[step], by), by, options)
        batch = _begun(options, by)
        batch = self._worked(batch, options)
        if batch.status == BatchStatus.PLANNED and options["approve_by"]:
            batch = self._worked(_approved(batch, options), options)
        return batch

    def _steered(self, step: str, batch: RefundBatch, by: StaffUser, options: dict[str, Any]) -> RefundBatch:
        if step == "approve":
            return self._worked(_approved(batch, options), options)
        if step == "resume" and batch.status in (BatchStatus.PLANNING, BatchStatus.RUNNING):
            return self._worked(batch, options)
        if step in MOVES:
            why_not, move = MOVES[step]
            _require(why_not(batch, by=by))
            move(batch, by=by, now=timezone.now())
        return self._worked(batch, options) if step == "resume" else _fresh(batch)

    def _worked(self, batch: RefundBatch, options: dict[str, Any]) -> RefundBatch:
        return work(batch.pk, line=ProgressLine(sys.stderr), does_wait=options["wait"])


STEPS = {
    "approve": "let one that is planned be carried out; needs --approve-by and --edition-name",
    "resume": "go on with one that is paused, or whose runner was killed",
    "pause": "send no more of one for now",
    "cancel": "call off the rest of one",
    "status": "say how far one is",
}
MOVES: dict[str, tuple[Callable[..., str | None], Callable[..., RefundBatch]]] = {
    "resume": (batch_policy.why_not_resume, batches.resume_batch),
    "pause": (batch_policy.why_not_pause, batches.pause_batch),
    "cancel": (batch_policy.why_not_cancel, batches.cancel_batch),
}


def _add_selection(parser: CommandParser) -> None:
    parser.add_argument("--product", dest="products", action="append", metavar="prd_…", help="may be given repeatedly")
    parser.add_argument("--location", dest="locations", action="append", metavar="loc_…", help="a pickup point")
    parser.add_argument("--vendor", dest="vendors", action="append", metavar="CODE")
    parser.add_argument("--order", dest="orders", action="append", metavar="ord_…")
    parser.add_argument("--order-status", choices=OrderStatus.values)
    parser.add_argument("--order-type", choices=OrderType.values)
    parser.add_argument("--created-after", metavar="MOMENT", help="ordered at or after, such as 2026-06-01T12:00")
    parser.add_argument("--created-before", metavar="MOMENT", help="ordered before")


def _begun(options: dict[str, Any], by: StaffUser) -> RefundBatch:
    """The one that these arguments began and that is still at work, or a new one."""
    if not (options["edition"] and options["reason"]):
        raise CommandError("Name an edition and give --reason; or name a mass refund, as in --resume rfb_….")
    if options["dry_run"] and options["approve_by"]:
        raise CommandError("Give either --dry-run or --approve-by.")
    edition = find_edition(options["edition"])
    _require(batch_policy.why_not_plan(edition, by=by))
    given = {member: options[option] for member, option in SELECTION.items() if options[option] is not None}
    asked: dict[str, Any] = {
        "reason": RefundReason(options["reason"]),
        "scope": RefundScope(options["scope"]) if options["scope"] else None,
        "selection": given,
        "by": by,
    }
    others: dict[str, Any] = {
        "comment": options["comment"],
        "concurrency": options["concurrency"],
        "now": timezone.now(),
    }
    if unfinished := batches.unfinished_batch(edition, **asked):
        return unfinished
    if options["approve_by"]:
        _require_approvable(edition, by, options)
    batch = batches.plan_batch(edition, **asked, **others)
    batches.withdraw_same(edition, **asked, now=others["now"])
    return batch


def _require_approvable(edition: Edition, by: StaffUser, options: dict[str, Any]) -> None:
    """Before anything is planned, so that a mistyped name leaves no plan."""
    wanted = RefundBatch(organization=edition.organization, edition=edition, staff_user=by, status=BatchStatus.PLANNED)
    _require(batch_policy.why_not_approve_any(wanted, by=_person(options["approve_by"])))
    batches.require_name(edition, options["edition_name"])


def _approved(batch: RefundBatch, options: dict[str, Any]) -> RefundBatch:
    if not options["approve_by"]:
        raise CommandError("A second person approves it: give --approve-by and --edition-name.")
    second = _person(options["approve_by"])
    _require(batch_policy.why_not_approve(batch, by=second))
    return batches.approve_batch(batch, edition_name=options["edition_name"], by=second, now=timezone.now())


def _person(email: str) -> StaffUser:
    found = StaffUser.objects.filter(email__iexact=email, is_active=True, robot_of=None).first()
    if found is None:
        raise CommandError(f"There is no staff user {email}.")
    return found


def _batch(text: str, by: StaffUser) -> RefundBatch:
    visible = {batch.pk: batch for batch in RefundBatch.objects.visible_to(by).with_people()}
    if text not in visible:
        raise CommandError(f"There is no mass refund {text} that {by.email} can reach.")
    return visible[text]


def _fresh(batch: RefundBatch) -> RefundBatch:
    return RefundBatch.objects.with_people().get(pk=batch.pk)


def _require(why_not: str | None) -> None:
    if why_not:
        raise CommandError(why_not)


def _write_report(batch: RefundBatch, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        file.writelines(csv_lines(HEADINGS, rows_of(batch)))


def _exit_code(batch: RefundBatch) -> int:
    if batch.status in (BatchStatus.PLANNING, BatchStatus.RUNNING, BatchStatus.PAUSED):
        return NOT_OVER
    progress = batch.items.progress()
    return SOME_DID_NOT_GO_BACK if progress.failed or progress.refused or progress.invalid else 0
