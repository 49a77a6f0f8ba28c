"""Every write to refund requests, split by verb."""

from refunds.operations.deciding import NeedsSecondApprover, approve_refund, reject_refund, retry_refund
from refunds.operations.executing import begin_attempt, execute_ready, record_outcome, send
from refunds.operations.reconciling import reconcile
from refunds.operations.requesting import (
    AmountAboveAvailable,
    NothingLeft,
    TransactionNotRefundable,
    request_refund,
)

__all__ = [
    "AmountAboveAvailable",
    "NeedsSecondApprover",
    "NothingLeft",
    "TransactionNotRefundable",
    "approve_refund",
    "begin_attempt",
    "execute_ready",
    "reconcile",
    "record_outcome",
    "reject_refund",
    "request_refund",
    "retry_refund",
    "send",
]
