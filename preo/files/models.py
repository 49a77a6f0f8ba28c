"""Stored files; the bytes are in the file storage, each image in several sizes."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from preo.accounts.models import Organization
from preo.api.scoping import ScopedQuerySet
from preo.history import keep_history
from preo.public_ids import PublicIdField
from preo.rows import Row


@keep_history()
class StoredFile(Row):
    """One uploaded file of an organization. `size` is in bytes, `width` and `height` in pixels; of the original."""

    id = PublicIdField(prefix="fil")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="files")
    file_name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    key = models.CharField(max_length=300, unique=True, help_text="Where it is stored.")
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    image_alt_text = models.CharField("alternative text", max_length=500, blank=True)
    caption = models.CharField(max_length=500, blank=True)
    copyright = models.CharField(max_length=200, blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("file_name", "id")
        verbose_name = "file"
        indexes: ClassVar = [models.Index(fields=["organization", "-created", "-id"], name="file_newest_first")]

    def __str__(self) -> str:
        return self.file_name
