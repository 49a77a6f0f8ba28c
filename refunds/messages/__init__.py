"""What mails about refunds say: to customers that money went back, to staff that something went wrong."""

from refunds.messages.alerts import AlertKind
from refunds.messages.confirmation import CONFIRMATION, refund_variables_of

__all__ = ["CONFIRMATION", "AlertKind", "refund_variables_of"]
