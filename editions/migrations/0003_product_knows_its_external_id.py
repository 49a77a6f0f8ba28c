"""A product knows its code in the system that its orders were imported from."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from preo.migrating import ChangeTriggers


class Migration(migrations.Migration):
    dependencies = [
        ("editions", "0002_edition_timezone_is_known"),
        ("files", "0001_initial"),
    ]

    operations = [
        ChangeTriggers(
            [
                pgtrigger.migrations.RemoveTrigger(
                    model_name="product",
                    name="update_update",
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="product",
                    name="delete_delete",
                ),
            ]
        ),
        migrations.AddField(
            model_name="product",
            name="external_id",
            field=models.CharField(blank=True, help_text="In the system it came from.", max_length=100, null=True),
        ),
        migrations.AddField(
            model_name="productevent",
            name="external_id",
            field=models.CharField(blank=True, help_text="In the system it came from.", max_length=100, null=True),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.UniqueConstraint(
                fields=("edition", "external_id"), name="external_product_is_known_once"
            ),
        ),
        ChangeTriggers(
            [
                pgtrigger.migrations.AddTrigger(
                    model_name="product",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_productevent" ("category_id", "created", "deposit_minor", "deposit_tax_rate", "description", "edition_id", "external_id", "id", "is_draft", "is_rental", "is_unlimited_use", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_minor", "price_tax_rate", "stock", "uses", "vendor_id") VALUES (OLD."category_id", OLD."created", OLD."deposit_minor", OLD."deposit_tax_rate", OLD."description", OLD."edition_id", OLD."external_id", OLD."id", OLD."is_draft", OLD."is_rental", OLD."is_unlimited_use", OLD."modified", OLD."name", OLD."order", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."price_minor", OLD."price_tax_rate", OLD."stock", OLD."uses", OLD."vendor_id"); RETURN NULL;',
                            hash="ccc43eace3f555ded1f4edc5632aafa62caf3261",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_d3d83",
                            table="editions_product",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="product",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_productevent" ("category_id", "created", "deposit_minor", "deposit_tax_rate", "description", "edition_id", "external_id", "id", "is_draft", "is_rental", "is_unlimited_use", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_minor", "price_tax_rate", "stock", "uses", "vendor_id") VALUES (OLD."category_id", OLD."created", OLD."deposit_minor", OLD."deposit_tax_rate", OLD."description", OLD."edition_id", OLD."external_id", OLD."id", OLD."is_draft", OLD."is_rental", OLD."is_unlimited_use", OLD."modified", OLD."name", OLD."order", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."price_minor", OLD."price_tax_rate", OLD."stock", OLD."uses", OLD."vendor_id"); RETURN NULL;',
                            hash="67bfde1541556cbfe0393364d7829cbb9713dd50",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_4193f",
                            table="editions_product",
                            when="AFTER",
                        ),
                    ),
                ),
            ]
        ),
    ]
