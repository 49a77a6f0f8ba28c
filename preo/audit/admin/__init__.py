"""The audit trail in the back office: the list of events, and the history of each row."""

from preo.audit.admin.events import AuditEventAdmin
from preo.audit.admin.histories import history_of

__all__ = ["AuditEventAdmin", "history_of"]
