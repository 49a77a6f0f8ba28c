"""What subscribers are told about stored files."""

from datetime import datetime
from typing import Any

from preo.files.models import StoredFile
from preo.webhooks.outbox import announce


def payload(file: StoredFile) -> dict[str, Any]:
    """The file as subscribers see it; `size` is in bytes."""
    return {
        "id": file.pk,
        "organization_id": file.organization_id,
        "file_name": file.file_name,
        "content_type": file.content_type,
        "size": file.size,
    }


def tell(file: StoredFile, what: str, *, now: datetime) -> None:
    """Announce `file.<what>` in the transaction that made it true."""
    announce(f"file.{what}", payload(file), organization_id=file.organization_id, edition_id=None, now=now)
