"""Every write to mass refunds, split by verb."""

from refunds.operations.batches.approving import EditionNameDiffers, NothingPlanned, approve_batch, require_name
from refunds.operations.batches.planning import fill_plan, plan_batch, unfinished_batch, withdraw_same
from refunds.operations.batches.running import run_batch
from refunds.operations.batches.selecting import Selection
from refunds.operations.batches.steering import cancel_batch, pause_batch, resume_batch, withdraw_batch
from refunds.operations.batches.turns import sole_runner, work_on_batch

__all__ = [
    "EditionNameDiffers",
    "NothingPlanned",
    "Selection",
    "approve_batch",
    "cancel_batch",
    "fill_plan",
    "pause_batch",
    "plan_batch",
    "require_name",
    "resume_batch",
    "run_batch",
    "sole_runner",
    "unfinished_batch",
    "withdraw_batch",
    "withdraw_same",
    "work_on_batch",
]
