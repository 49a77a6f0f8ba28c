"""The admin of refunds: the queue, the page of one, asking, deciding, and their places on other pages."""

from refunds.admin.batches import BatchAdmin
from refunds.admin.places import dashboard_panel, refund_action, refunds_section
from refunds.admin.policy_page import RefundPolicyAdmin
from refunds.admin.provider_events import ProviderEventAdmin
from refunds.admin.provider_places import outside_section, unclear_events_panel
from refunds.admin.queue import RefundAdmin

__all__ = [
    "BatchAdmin",
    "ProviderEventAdmin",
    "RefundAdmin",
    "RefundPolicyAdmin",
    "dashboard_panel",
    "outside_section",
    "refund_action",
    "refunds_section",
    "unclear_events_panel",
]
