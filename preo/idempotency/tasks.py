"""Jobs of kept answers: load nothing, call one operation."""

from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from preo.idempotency import operations


@app.periodic(cron="23 * * * *")
@app.task(name="idempotency.remove_expired", queue="maintenance", queueing_lock="idempotency.remove_expired")
def remove_expired(timestamp: int) -> None:
    """Every hour: what nobody can be answered with any more."""
    close_old_connections()
    operations.remove_expired(now=timezone.now())
