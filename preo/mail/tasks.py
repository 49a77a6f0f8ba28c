"""Jobs of mails: load nothing, call one operation."""

from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from preo.mail import operations
from preo.mail.operations import SEND_DUE


@app.task(name=SEND_DUE, queue="mail")
def send_due() -> None:
    """Send everything that is due, until nothing is."""
    close_old_connections()
    while operations.send_due(now=timezone.now()):
        pass


@app.periodic(cron="* * * * *")
@app.task(name="mail.sweep", queue="mail", queueing_lock="mail.sweep")
def sweep(timestamp: int) -> None:
    """Every minute: what was put off, and what a killed worker left behind."""
    send_due()
