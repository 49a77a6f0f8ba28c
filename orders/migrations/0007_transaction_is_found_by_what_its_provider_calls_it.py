"""Events of providers name a payment by its reference; on a large table the index is built beside its use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0006_ledger_opens_with_what_was_paid")]

    operations = [
        AddIndexConcurrently(
            "transaction",
            models.Index(fields=["provider_reference", "merchant_account"], name="transaction_at_provider"),
        ),
    ]
