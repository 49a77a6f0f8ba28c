"""Every write to refund requests, split by verb."""

from refunds.operations.cancelling import ask_to_call_off, cancel_refund
from refunds.operations.confirming_by_hand import confirm_refund
from refunds.operations.deciding import NeedsSecondApprover, approve_refund, reject_refund, retry_refund
from refunds.operations.executing import begin_attempts, execute_ready
from refunds.operations.limiting import AboveCeiling, DailyLimitReached
from refunds.operations.policies import change_refund_policy
from refunds.operations.reconciling import reconcile
from refunds.operations.recording import record_outcomes
from refunds.operations.requesting import (
    AmountAboveAvailable,
    NothingLeft,
    ProviderCannot,
    TransactionNotRefundable,
    request_refund,
)
from refunds.operations.settling_by_hand import pay_otherwise, settle_by_hand

__all__ = [
    "AboveCeiling",
    "AmountAboveAvailable",
    "DailyLimitReached",
    "NeedsSecondApprover",
    "NothingLeft",
    "ProviderCannot",
    "TransactionNotRefundable",
    "approve_refund",
    "ask_to_call_off",
    "begin_attempts",
    "cancel_refund",
    "change_refund_policy",
    "confirm_refund",
    "execute_ready",
    "pay_otherwise",
    "reconcile",
    "record_outcomes",
    "reject_refund",
    "request_refund",
    "retry_refund",
    "settle_by_hand",
]
