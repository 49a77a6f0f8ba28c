"""The admin of mass refunds: the list, planning one, its page, the steps that it takes, and its report."""

from refunds.admin.batches.listing import BatchAdmin
from refunds.admin.batches.places import dashboard_panel, refund_all_action

__all__ = ["BatchAdmin", "dashboard_panel", "refund_all_action"]
