from preo.audit.models.events import AuditEvent as AuditEvent
from preo.audit.models.events import PersonalDetail as PersonalDetail
from preo.audit.models.retention import AuditRetention as AuditRetention
