"""An order names its organization beside its edition, for access and speed; the two can't disagree."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("editions", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE orders_order ADD CONSTRAINT order_has_the_organization_of_its_edition
            FOREIGN KEY (edition_id, organization_id) REFERENCES editions_edition (id, organization_id)
            DEFERRABLE INITIALLY DEFERRED
            """,
            "ALTER TABLE orders_order DROP CONSTRAINT order_has_the_organization_of_its_edition",
        ),
    ]
