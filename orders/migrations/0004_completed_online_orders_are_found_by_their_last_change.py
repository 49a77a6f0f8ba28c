"""Receipts look for online orders completed lately; on a large table the index is built beside its use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0003_edition_keeps_its_currency_once_ordered")]

    operations = [
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["modified", "id"],
                name="order_completed_online",
                condition=models.Q(("status", "completed"), ("type", "online")),
            ),
        ),
    ]
