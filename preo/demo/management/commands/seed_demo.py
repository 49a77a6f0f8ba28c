"""Fill the database with believable organizations, editions, orders and refunds."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from preo.demo.seeding.drafts import USUAL_SEED
from preo.demo.seeding.filling import is_seeded, seed_demo
from preo.demo.seeding.houses import PASSWORD
from preo.demo.seeding.landmarks import summary
from preo.demo.seeding.moments import Calendar
from preo.demo.seeding.scripts import TOUR
from preo.demo.seeding.worlds import make_world

MOST = 10_000_000


class Command(BaseCommand):
    help = (
        "Fill the database with organizations, editions, orders and refunds that look real, in one transaction. The "
        "same seed makes the same ids, numbers and sign-ins; a seed that is there already stays as it is, whatever "
        f"--orders says. Every sign-in has the password {PASSWORD}, so this is for demos and tests only. Tens of "
        "thousands of orders and more lock the order tables until all is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=order_count, required=True, help=f"how many, {len(TOUR)} or more")
        parser.add_argument("--seed", type=int, default=USUAL_SEED, help="another number, other data beside the first")
        parser.add_argument(
            "--as-of",
            type=date.fromisoformat,
            help="the day (YYYY-MM-DD, from midnight UTC) that all dates are counted from; ids do not depend on it; "
            "default: today",
        )
        parser.add_argument("--json", action="store_true", help="print organizations, sign-ins and landmarks as JSON")
        parser.add_argument("--dry-run", action="store_true", help="write nothing")

    def handle(
        self, *args: Any, orders: int, seed: int, as_of: date | None, json: bool, dry_run: bool, **options: Any
    ) -> None:
        day = as_of or timezone.now().astimezone(UTC).date()
        world = make_world(seed, Calendar(datetime.combine(day, time(), UTC)))
        found, is_new = summary(world), not is_seeded(seed)
        if is_new and not dry_run:
            seed_demo(world, orders=orders, progress=self.progress(orders))
        self.stdout.write(as_json(found) if json else outcome(seed, orders, is_new=is_new, dry_run=dry_run))

    def progress(self, orders: int) -> "Progress":
        return Progress(self, orders)


class Progress:
    """Says on standard error how far it is, at every twentieth."""

    def __init__(self, command: BaseCommand, orders: int) -> None:
        self.command, self.orders = command, orders
        self.said = 0

    def __call__(self, done: int) -> None:
        part = done * 20 // self.orders
        if part > self.said:
            self.said = part
            self.command.stderr.write(f"{done} of {self.orders} orders", self.command.style.NOTICE)


def order_count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not len(TOUR) <= int(text) <= MOST:
        raise ArgumentTypeError(f"{text!r} is not a number between {len(TOUR)} and {MOST}")
    return int(text)


def as_json(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2)


def outcome(seed: int, orders: int, *, is_new: bool, dry_run: bool) -> str:
    if not is_new:
        return f"Seed {seed} is in the database already; nothing changed."
    return f"Seed {seed}: {orders} orders {'would be' if dry_run else 'were'} written."
