"""What refunds held, and had given back, before there was a ledger; and which of them to ask the gateways about."""

from django.db import migrations

ENTER = """
    INSERT INTO orders_ledgerentry
        (transaction_id, purchase_id, account, currency, amount_minor, price_minor, deposit_minor, handling_fee_minor,
         service_fee_minor, refund_id, created)
    SELECT r.transaction_id, a.purchase_id, CASE r.status WHEN 'processed' THEN 'refunded' ELSE 'reserved' END,
           r.currency, a.price_minor + a.deposit_minor + a.handling_fee_minor + a.service_fee_minor, a.price_minor,
           a.deposit_minor, a.handling_fee_minor, a.service_fee_minor, r.id, r.modified
    FROM refunds_refundallocation a JOIN refunds_refundrequest r ON r.id = a.refund_id
    WHERE r.status IN ('requested', 'ready', 'processing', 'awaiting_gateway', 'processed')
    ORDER BY r.id, a.id
"""

ASK = """
    UPDATE refunds_refundattempt a SET ask_at = r.modified + interval '30 seconds'
    FROM refunds_refundrequest r
    WHERE r.id = a.refund_id AND r.status IN ('processing', 'awaiting_gateway')
      AND a.number = (SELECT max(number) FROM refunds_refundattempt WHERE refund_id = r.id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("refunds", "0003_refunds_by_the_thousand_and_events_of_providers"),
        ("orders", "0006_ledger_opens_with_what_was_paid"),
    ]

    operations = [
        migrations.RunSQL(ENTER, migrations.RunSQL.noop),
        migrations.RunSQL(ASK, migrations.RunSQL.noop),
    ]
