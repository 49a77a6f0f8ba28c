"""Jobs of editions: load nothing, call one operation."""

from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from editions.operations import health


@app.periodic(cron="0 3 * * *")
@app.task(name="editions.check_published", queue="maintenance", queueing_lock="editions.check_published")
def check_published(timestamp: int) -> None:
    """Every night: how published editions fare, and whether that has changed."""
    close_old_connections()
    health.check_published(now=timezone.now())
