"""The admin of refunds: the queue, the page of one, asking, deciding, and their places on other pages."""

from refunds.admin.places import dashboard_panel, refund_action, refunds_section
from refunds.admin.policy_page import RefundPolicyAdmin
from refunds.admin.queue import RefundAdmin

__all__ = ["RefundAdmin", "RefundPolicyAdmin", "dashboard_panel", "refund_action", "refunds_section"]
