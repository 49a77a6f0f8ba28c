"""What was paid before there was a ledger."""

from django.db import migrations

ENTER = """
    INSERT INTO orders_ledgerentry (transaction_id, account, currency, amount_minor, service_fee_minor, created)
    SELECT id, 'paid', currency, amount_minor, service_fee_minor, created
    FROM orders_transaction WHERE status = 'completed' ORDER BY id
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_every_change_of_the_books_is_entered")]

    operations = [migrations.RunSQL(ENTER, migrations.RunSQL.noop)]
