"""Which messages show a stored file: their blocks name it where no foreign key can see."""

from django.db.models import QuerySet

from editions.models import EmailMessage
from preo.files.models import StoredFile


def messages_showing(file: StoredFile) -> QuerySet[EmailMessage]:
    """Only the file's own organization can have any."""
    own = EmailMessage.objects.filter(organization_id=file.organization_id)
    return own.filter(blocks__contains=[{"image_id": file.pk}])
