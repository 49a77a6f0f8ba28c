from preo.audit.models.events import AuditEvent as AuditEvent
from preo.audit.models.events import PersonalDetail as PersonalDetail
