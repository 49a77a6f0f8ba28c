"""What surrounds every job of the worker."""

from typing import Any

from procrastinate import App, JobContext
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from preo.recording import surrounded_by


def name_jobs(app: App) -> None:
    """Let the audit trail say which job wrote something. Called when the app is ready, see the settings."""
    app.worker_defaults["worker_middleware"] = [*app.worker_defaults.get("worker_middleware", ()), recorded_as_job]


async def recorded_as_job(call_next: AsyncCallNext, context: JobContext, worker: Worker) -> Any:
    """The worker is a command itself, and gives way. Threads that run a job get its surroundings with its context."""
    with surrounded_by(command=None, job=context.job.task_name):
        return await call_next()
