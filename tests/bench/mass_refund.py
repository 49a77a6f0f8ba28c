"""`make mass-refund-proof`: a mass refund whose runner is killed ten times gives back each line once.

Seeds an edition, plans, approves, and runs `manage.py refund_edition --resume` as a real process, which is sent SIGKILL
at ten random points; then holds our books, the sandbox's books and the ledger against each other. The amounts end in
every way that the sandbox has a rule for. MASS_REFUNDS (default: 50000) says how many purchases.
"""

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "preo.settings")
os.environ.setdefault("PREO_LOCAL_DIR", ".local/bench")

from django.conf import settings

from preo import embedded_postgres

PURCHASES = int(os.environ.get("MASS_REFUNDS", "50000"))
PER_ORDER = 2
KILLS = 10
CONCURRENCY = 8
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
ORDER = ["id", "organization", "edition", "customer", "type", "status", "amount_minor", "currency", "items_count"]
PAYMENT = ["id", "order", "status", "service", "provider_reference", "currency", "amount_minor"]
PURCHASE = ["id", "order", "transaction", "customer", "product", "product_name", "status", "price_minor"]
TIMES = ["created", "modified"]
DECLINED, FAIL_LATE = (1,), (5, 6)
"""How an amount ends that the sandbox declines, and one that it takes back later."""


def main() -> None:
    """Seed, plan, approve, run and kill, prove; each step says how long it took."""
    if settings.IS_EMBEDDED:
        embedded_postgres.ensure_running(settings.LOCAL_DIR)
    django.setup()
    logging.disable(logging.CRITICAL)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    asker, approver, edition = timed("seeded", seed)
    batch = timed("planned", lambda: plan(edition, asker))
    approve(batch, edition, approver)
    kills = timed("given back", lambda: run_and_kill(batch.pk, approver.email))
    for line in proved(batch, edition, kills):
        print(line, flush=True)
    call_command("verify_ledger")


def timed(what: str, step: Any) -> Any:
    start = time.perf_counter()
    result = step()
    seconds = time.perf_counter() - start
    print(f"{PURCHASES} purchases {what} in {seconds:.1f} s, {PURCHASES / seconds:.0f} a second", flush=True)
    return result


def seed() -> tuple[Any, Any, Any]:
    """An edition of one product and one customer; prices differ by a minor unit, so that they end in every way."""
    from django.utils import timezone

    from editions.models import Edition
    from preo.accounts.models import Membership, Organization, StaffUser
    from preo.public_ids import new

    slug = new("org").replace("_", "-")
    now = timezone.now()
    organization = Organization.objects.create(name="Proof", slug=slug)
    people = [StaffUser.objects.create(email=f"{name}@{slug}.example") for name in ("asker", "approver")]
    for person in people:
        Membership.objects.create(organization=organization, staff_user=person, role="manager")
    edition = Edition.objects.create(
        organization=organization, name="Camp 2026", slug="camp", currency="dkk", is_draft=False, published_at=now
    )
    copy_orders(edition, now - timedelta(days=1))
    return people[0], people[1], edition


def copy_orders(edition: Any, now: Any) -> None:
    """Paid orders of two purchases each, by COPY."""
    from uuid_utils.compat import uuid7

    from editions.models import Product
    from orders.models import Order, Purchase, Transaction
    from preo.accounts.models import Customer
    from preo.copying import copy_in, row_of
    from preo.public_ids import decode

    product = Product.objects.create(edition=edition, name="Tent", price_minor=400_00, is_draft=False)
    customer = Customer.objects.create(full_name="Ida Holm", email=f"ida@{edition.organization.slug}.example")
    organization_id, edition_id, product_id, customer_id = (
        decode(pk)[1] for pk in (edition.organization_id, edition.pk, product.pk, customer.pk)
    )
    ids = [(uuid7(), uuid7()) for _ in range(PURCHASES // PER_ORDER)]
    prices = {order: [400_00 + index % 100, 300_00 + index % 97] for index, (order, _) in enumerate(ids)}
    copy_in(
        Order,
        fields=ORDER + TIMES,
        rows=(
            row_of((order, organization_id, edition_id, customer_id, "online", "completed"))
            + "\t"
            + row_of((sum(prices[order]), "dkk", PER_ORDER, now, now))
            for order, _ in ids
        ),
    )
    copy_in(
        Transaction,
        fields=PAYMENT + TIMES,
        rows=(
            row_of((paid, order, "completed", "sandbox", f"pay-{paid}", "dkk", sum(prices[order]), now, now))
            for order, paid in ids
        ),
    )
    copy_in(
        Purchase,
        fields=PURCHASE,
        rows=(
            row_of((uuid7(), order, paid, customer_id, product_id, "Tent", "paid", price))
            for order, paid in ids
            for price in prices[order]
        ),
    )


def plan(edition: Any, asker: Any) -> Any:
    from django.utils import timezone

    from refunds.models import RefundBatch
    from refunds.operations import batches
    from refunds.states import RefundReason

    batch = batches.plan_batch(
        edition,
        reason=RefundReason.EVENT_CANCELLED,
        scope=None,
        selection={},
        comment="",
        concurrency=CONCURRENCY,
        by=asker,
        now=timezone.now(),
    )
    while batches.work_on_batch(batch.pk, now=timezone.now()):
        pass
    return RefundBatch.objects.get(pk=batch.pk)


def approve(batch: Any, edition: Any, approver: Any) -> None:
    from django.utils import timezone

    from refunds.operations.batches import approve_batch

    approve_batch(batch, edition_name=edition.full_name, by=approver, now=timezone.now())


def run_and_kill(batch_id: str, email: str) -> int:
    """Start the runner, and again after each kill; how many kills there were."""
    moments = sorted(random.sample(range(PURCHASES // 100, PURCHASES - PURCHASES // 100), KILLS))
    command = [sys.executable, str(MANAGE), "refund_edition", "--resume", batch_id, "--by", email, "--wait"]
    kills = 0
    for moment in [*moments, None]:
        runner = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while runner.poll() is None:
            if moment is not None and _taken_up(batch_id) >= moment:
                time.sleep(random.uniform(0, 2))
                runner.send_signal(signal.SIGKILL)
                kills += runner.wait() == -signal.SIGKILL
                print(f"killed when {moment} were taken up", flush=True)
            time.sleep(0.3)
        # 2 says that some lines were declined, as they should be.
        assert runner.returncode in (-signal.SIGKILL, 0, 2), f"the runner ended with {runner.returncode} by itself"
    _hear_late_answers()
    return kills


def _hear_late_answers() -> None:
    """The sandbox takes some back five seconds after it paid them."""
    from django.utils import timezone

    from preo.payments.sandbox import DELAY
    from refunds.operations import reconcile

    time.sleep(DELAY.total_seconds())
    while reconcile(now=timezone.now()):
        pass


def _taken_up(batch_id: str) -> int:
    from refunds.models import RefundBatchItem

    return RefundBatchItem.objects.filter(batch=batch_id, state="requested").count()


def proved(batch: Any, edition: Any, kills: int) -> Iterator[str]:
    """What was proved, in words; raises AssertionError where something is twice, missing or different."""
    from django.db.models import Sum
    from django.utils import timezone

    from orders.models import Transaction
    from preo.payments import sandbox
    from preo.payments.models import SandboxRefund
    from refunds.models import RefundAttempt, RefundRequest

    batch.refresh_from_db()
    refunds, items = RefundRequest.objects.filter(batch=batch), batch.items.all()
    assert batch.status == "completed", batch.status
    assert items.filter(state="requested").count() == refunds.count() == PURCHASES
    for amount_minor, status in refunds.values_list("amount_minor", "status").iterator():
        should = "failed" if amount_minor % 100 in (*DECLINED, *FAIL_LATE) else "processed"
        assert status == should, (amount_minor, status)
    yield f"killed {kills} times; each of {PURCHASES} lines has one refund, which ended as the sandbox's rule has it"

    attempts = RefundAttempt.objects.filter(refund__batch=batch)
    theirs = SandboxRefund.objects.filter(key__in=attempts.values("key"))
    assert attempts.count() == theirs.count() == PURCHASES
    yield "each refund was tried under one key, and the sandbox's books have one row for each"

    payments = Transaction.objects.filter(order__edition=edition)
    for paid in payments.iterator():
        moved_minor = sandbox.moved_minor(paid.provider_reference, now=timezone.now())
        assert (paid.reserved_minor, paid.refunded_minor) == (0, moved_minor), paid.pk
    refunded = payments.aggregate(total=Sum("refunded_minor"))["total"]
    assert refunded == refunds.filter(status="processed").aggregate(total=Sum("amount_minor"))["total"]
    yield f"{refunded} minor units went back, payment by payment as many as the sandbox moved, and none is reserved"


if __name__ == "__main__":
    main()
