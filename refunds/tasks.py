"""Jobs of refunds: load nothing, call one operation."""

from datetime import timedelta

from django.db import close_old_connections
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from refunds import operations
from refunds.operations.deciding import EXECUTE_READY
from refunds.operations.recording import RECONCILE

BATCH = 200
STALLED_AFTER = timedelta(minutes=2)


@app.task(name=EXECUTE_READY, queue="refunds")
def execute_ready() -> None:
    """Carry out everything that is ready, until nothing is."""
    close_old_connections()
    while operations.execute_ready(now=timezone.now(), limit=BATCH):
        pass


@app.task(name=RECONCILE, queue="refunds")
def reconcile() -> None:
    """Finish what is unknown or late."""
    close_old_connections()
    operations.reconcile(now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="refunds.sweep", queue="refunds", queueing_lock="refunds.sweep")
def sweep(timestamp: int) -> None:
    """Every minute: whatever a killed worker left ready or unknown."""
    execute_ready()
    reconcile()


@app.periodic(cron="* * * * *")
@app.task(name="jobs.retry_stalled", queue="maintenance", queueing_lock="jobs.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker died stay `doing` for ever; put them back."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER.total_seconds()):
        await manager.retry_job(job)
