"""What every table of the product has in common: when a row came and when it last changed."""

from django.db import models
from django.db.models.functions import Now


class Row(models.Model):
    """Times are UTC. Operations set them from their `now`; the database fills in for raw inserts."""

    created = models.DateTimeField(db_default=Now(), editable=False)
    modified = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
