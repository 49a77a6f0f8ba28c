"""Jobs of orders: load nothing, call one operation."""

from datetime import timedelta

from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from orders.operations.receipts import queue_missing_receipts

LATELY, A_DAY = timedelta(minutes=15), timedelta(days=1)


@app.periodic(cron="* * * * *")
@app.task(name="orders.queue_receipts", queue="mail", queueing_lock="orders.queue_receipts")
def queue_receipts(timestamp: int) -> None:
    """Every minute: receipts of what was just completed."""
    close_old_connections()
    queue_missing_receipts(within=LATELY, now=timezone.now())


@app.periodic(cron="17 * * * *")
@app.task(name="orders.queue_late_receipts", queue="mail", queueing_lock="orders.queue_late_receipts")
def queue_late_receipts(timestamp: int) -> None:
    """Every hour: what no worker was there for."""
    close_old_connections()
    queue_missing_receipts(within=A_DAY, now=timezone.now())
