"""Jobs of refunds: load nothing, call one operation."""

from contextlib import suppress
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from preo.accounts.models import StaffUser
from refunds import operations
from refunds.models import RefundBatch, RefundRequest
from refunds.operations import batches
from refunds.operations.batches.moving import WORK_ON_BATCH
from refunds.operations.cancelling import CALL_OFF
from refunds.operations.deciding import EXECUTE_READY, enqueue_execution
from refunds.operations.hearing import hear_events
from refunds.operations.one_at_a_time import one_at_a_time
from refunds.operations.receiving import HEAR_EVENTS
from refunds.operations.recording import RECONCILE

BATCH = 200
TURNS = 20
"""How many parts of a mass refund one job does, so that other refunds get their turn."""
STALLED_AFTER = timedelta(minutes=2)

log = structlog.get_logger(__name__)


@app.task(name=EXECUTE_READY, queue="refunds")
def execute_ready(service: str | None = None) -> None:
    """Carry out everything that is ready at a provider, until nothing is; or have that done for each of them."""
    close_old_connections()
    if service is None:
        for name in RefundRequest.objects.ready().services():
            enqueue_execution(name)
    else:
        one_at_a_time(service, lambda: _execute_ready(service))


def _execute_ready(service: str) -> None:
    concurrency = settings.REFUND_CONCURRENCY
    while operations.execute_ready(service=service, now=timezone.now(), limit=BATCH, concurrency=concurrency):
        pass


@app.task(name=RECONCILE, queue="refunds")
def reconcile() -> None:
    """Finish what is unknown or late."""
    close_old_connections()
    concurrency = settings.REFUND_CONCURRENCY
    one_at_a_time(RECONCILE, lambda: operations.reconcile(now=timezone.now(), concurrency=concurrency))


@app.task(name=CALL_OFF, queue="refunds")
def call_off(refund_id: str, staff_user_id: str) -> None:
    """Ask the provider to call a refund off, in the name of whoever wanted that."""
    close_old_connections()
    operations.ask_to_call_off(refund_id, by=StaffUser.objects.get(pk=staff_user_id), now=timezone.now())


@app.task(name=HEAR_EVENTS, queue="refunds")
def hear_all_events() -> None:
    """Look at the events of providers that are due; what is left then, the sweep looks at."""
    close_old_connections()
    hear_events(now=timezone.now())


@app.task(name=WORK_ON_BATCH, queue="refunds")
def work_on_batch(batch_id: str) -> None:
    """Go on with one mass refund, unless somebody is at it."""
    close_old_connections()
    with batches.sole_runner(batch_id) as is_ours:
        has_more = is_ours and all(batches.work_on_batch(batch_id, now=timezone.now()) for _ in range(TURNS))
    if has_more:
        _enqueue_work(batch_id)


def _enqueue_work(batch_id: str) -> None:
    """One waiting job for each mass refund is enough."""
    with suppress(AlreadyEnqueued):
        app.configure_task(WORK_ON_BATCH, queue="refunds", queueing_lock=batch_id).defer(batch_id=batch_id)


@app.periodic(cron="* * * * *")
@app.task(name="refunds.sweep", queue="refunds", queueing_lock="refunds.sweep")
def sweep(timestamp: int) -> None:
    """Every minute: whatever a killed worker left ready, unknown or not looked at."""
    execute_ready()
    reconcile()
    hear_all_events()
    for batch_id in RefundBatch.objects.to_work_on().values_list("pk", flat=True):
        _enqueue_work(batch_id)


@app.periodic(cron="* * * * *")
@app.task(name="jobs.retry_stalled", queue="maintenance", queueing_lock="jobs.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Jobs whose worker died stay `doing` for ever; put them back, and none keeps another waiting."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER.total_seconds()):
        try:
            await _put_back(job, manager)
        except ConnectorException:
            # Its worker was alive after all, and has just ended it.
            log.warning("stalled_job_stays", job=job.id, task=job.task_name, exc_info=True)


async def _put_back(job: Job, manager: JobManager) -> None:
    """One that must not wait twice, and of which another waits already, ends here: that one does its work."""
    try:
        await manager.retry_job(job)
    except UniqueViolation:
        await manager.finish_job(job, Status.ABORTED, delete_job=False)
