import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import preo.public_ids
from preo.migrating import ChangeTriggers


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("editions", "0003_product_knows_its_external_id"),
        ("files", "0002_image_has_a_size_and_a_history"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="CategoryEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="cat", primary_key=False, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("order", models.PositiveIntegerField(default=0)),
                (
                    "edition",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="editions.edition",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.category",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CouponEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="cpn", primary_key=False, serialize=False)),
                ("code", models.CharField(max_length=50)),
                ("amount_off_minor", models.BigIntegerField(blank=True, null=True)),
                ("rate_off", models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True)),
                ("valid_from", models.DateTimeField(blank=True, null=True)),
                ("valid_until", models.DateTimeField(blank=True, null=True)),
                ("max_uses", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "edition",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="editions.edition",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.coupon",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="EmailMessageEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="eml", primary_key=False, serialize=False)),
                ("title", models.CharField(max_length=200)),
                ("subject", models.JSONField(blank=True, default=dict)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("receipt", "Receipt"),
                            ("receipt_online", "Online receipt"),
                            ("reminder", "Reminder"),
                            ("refund_confirmation", "Refund confirmation"),
                            ("user_portal_access", "User portal access"),
                            ("campaign", "Campaign"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("platform", "Platform"), ("template", "Template"), ("edition", "Edition")],
                        max_length=10,
                    ),
                ),
                ("template", models.CharField(default="modern", max_length=20)),
                ("blocks", models.JSONField(blank=True, default=list)),
                (
                    "edition",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="editions.edition",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.emailmessage",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="EventEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="evt", primary_key=False, serialize=False)),
                ("name", models.CharField(max_length=200)),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.event",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FeeRuleEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="fee", primary_key=False, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("handling_fee_fixed_minor", models.BigIntegerField(default=0)),
                ("handling_fee_rate", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                ("service_fee_fixed_minor", models.BigIntegerField(default=0)),
                ("service_fee_rate", models.DecimalField(decimal_places=2, default=0, max_digits=5)),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.feerule",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HealthChange",
            fields=[
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="hch", serialize=False)),
                (
                    "previous_status",
                    models.CharField(
                        blank=True,
                        choices=[("healthy", "Healthy"), ("warning", "Warning"), ("critical", "Critical")],
                        max_length=10,
                        null=True,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("healthy", "Healthy"), ("warning", "Warning"), ("critical", "Critical")],
                        max_length=10,
                    ),
                ),
                ("failed_checks", models.JSONField(default=list)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="health_changes",
                        to="editions.edition",
                    ),
                ),
            ],
            options={
                "ordering": ("-created", "-id"),
                "indexes": [models.Index(fields=["edition", "-created", "-id"], name="health_change_newest_first")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("previous_status", models.F("status")), _negated=True),
                        name="health_has_changed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LocationEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="loc", primary_key=False, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("is_draft", models.BooleanField(default=True, verbose_name="draft")),
                (
                    "edition",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="editions.edition",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.location",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OptionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="opt", primary_key=False, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("price_mod_minor", models.BigIntegerField(default=0)),
                ("deposit_mod_minor", models.BigIntegerField(default=0)),
                ("order", models.PositiveIntegerField(default=0)),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.option",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="editions.product",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PassDesignEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="pas", primary_key=False, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("background_color", models.CharField(default="#ffffff", max_length=7)),
                ("foreground_color", models.CharField(default="#000000", max_length=7)),
                ("label_color", models.CharField(default="#666666", max_length=7)),
                ("fields", models.JSONField(blank=True, default=list)),
                (
                    "edition",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="editions.edition",
                    ),
                ),
                (
                    "logo",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="files.storedfile",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.passdesign",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SenderDomain",
            fields=[
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="dom", serialize=False)),
                ("domain", models.CharField(max_length=253)),
                ("verified_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sender_domains",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ("domain", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organization"),
                        django.db.models.functions.text.Lower("domain"),
                        name="sender_domain_is_named_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SenderDomainEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="dom", primary_key=False, serialize=False)),
                ("domain", models.CharField(max_length=253)),
                ("verified_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.senderdomain",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TriggerEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="trg", primary_key=False, serialize=False)),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("order_confirmed", "Order confirmed"),
                            ("order_completed", "Order completed"),
                            ("order_cancelled", "Order cancelled"),
                            ("refund_processed", "Refund processed"),
                            ("purchase_used", "Purchase used"),
                        ],
                        max_length=30,
                    ),
                ),
                ("delay_minutes", models.PositiveIntegerField(default=0)),
                ("is_active", models.BooleanField(default=False, verbose_name="active")),
                (
                    "edition",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="editions.edition",
                    ),
                ),
                (
                    "email_message",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="editions.emailmessage",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.trigger",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="VariantEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="var", primary_key=False, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("price_minor", models.BigIntegerField(blank=True, null=True)),
                ("deposit_minor", models.BigIntegerField(blank=True, null=True)),
                ("stock", models.PositiveIntegerField(blank=True, null=True)),
                ("order", models.PositiveIntegerField(default=0)),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.variant",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="editions.product",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="VendorParticipationEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "modified",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("id", preo.public_ids.PublicIdField(prefix="vnd", primary_key=False, serialize=False)),
                ("vendor_code", models.CharField(max_length=20)),
                (
                    "edition",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="editions.edition",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        related_query_name="history",
                        to="editions.vendorparticipation",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AlterModelOptions(
            name="location",
            options={"ordering": ("name", "id"), "verbose_name": "pickup point"},
        ),
        migrations.AlterModelOptions(
            name="vendorparticipation",
            options={"verbose_name": "vendor"},
        ),
        migrations.AlterField(
            model_name="location",
            name="is_draft",
            field=models.BooleanField(default=True, verbose_name="draft"),
        ),
        migrations.AlterField(
            model_name="product",
            name="is_draft",
            field=models.BooleanField(default=True, verbose_name="draft"),
        ),
        migrations.AlterField(
            model_name="product",
            name="is_rental",
            field=models.BooleanField(default=False, verbose_name="rental"),
        ),
        migrations.AlterField(
            model_name="product",
            name="is_unlimited_use",
            field=models.BooleanField(default=False, verbose_name="unlimited use"),
        ),
        migrations.AlterField(
            model_name="productevent",
            name="is_draft",
            field=models.BooleanField(default=True, verbose_name="draft"),
        ),
        migrations.AlterField(
            model_name="productevent",
            name="is_rental",
            field=models.BooleanField(default=False, verbose_name="rental"),
        ),
        migrations.AlterField(
            model_name="productevent",
            name="is_unlimited_use",
            field=models.BooleanField(default=False, verbose_name="unlimited use"),
        ),
        migrations.AlterField(
            model_name="trigger",
            name="is_active",
            field=models.BooleanField(default=False, verbose_name="active"),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("enabled_languages__contained_by", ["en", "da", "se", "nl", "pl"])),
                name="edition_enabled_languages_are_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_draft", True), ("published_at__isnull", False), _connector="OR"),
                name="edition_published_once_it_is_no_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("default_price_tax_rate__isnull", True),
                        ("default_price_tax_rate__range", (0, 100)),
                        _connector="OR",
                    ),
                    models.Q(
                        ("default_deposit_tax_rate__isnull", True),
                        ("default_deposit_tax_rate__range", (0, 100)),
                        _connector="OR",
                    ),
                    models.Q(
                        ("default_packaging_deposit_tax_rate__isnull", True),
                        ("default_packaging_deposit_tax_rate__range", (0, 100)),
                        _connector="OR",
                    ),
                ),
                name="edition_tax_rates_are_percentages",
            ),
        ),
        migrations.AddConstraint(
            model_name="product",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("price_tax_rate__isnull", True), ("price_tax_rate__range", (0, 100)), _connector="OR"),
                    models.Q(
                        ("deposit_tax_rate__isnull", True), ("deposit_tax_rate__range", (0, 100)), _connector="OR"
                    ),
                ),
                name="product_tax_rates_are_percentages",
            ),
        ),
        ChangeTriggers(
            [
                pgtrigger.migrations.AddTrigger(
                    model_name="category",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_categoryevent" ("created", "edition_id", "id", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."created", NEW."edition_id", NEW."id", NEW."modified", NEW."name", NEW."order", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="d9a71c0a77cab1e06cfde67a1861211abeeb17b3",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_80b84",
                            table="editions_category",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="category",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_categoryevent" ("created", "edition_id", "id", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created", OLD."edition_id", OLD."id", OLD."modified", OLD."name", OLD."order", _pgh_attach_context(), NOW(), \'update\', OLD."id"); RETURN NULL;',
                            hash="6bc95cb237903931bf7d2529a6a9dfb331c43ae7",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_fd960",
                            table="editions_category",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="category",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_categoryevent" ("created", "edition_id", "id", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created", OLD."edition_id", OLD."id", OLD."modified", OLD."name", OLD."order", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="27e3ceec8ec219610487fc2d8133312b3b2629ec",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_7b0db",
                            table="editions_category",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="coupon",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_couponevent" ("amount_off_minor", "code", "created", "edition_id", "id", "max_uses", "modified", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate_off", "valid_from", "valid_until") VALUES (NEW."amount_off_minor", NEW."code", NEW."created", NEW."edition_id", NEW."id", NEW."max_uses", NEW."modified", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."rate_off", NEW."valid_from", NEW."valid_until"); RETURN NULL;',
                            hash="8b9b1cc5c07b1af583163dcf172b3e96f449a663",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_c08da",
                            table="editions_coupon",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="coupon",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_couponevent" ("amount_off_minor", "code", "created", "edition_id", "id", "max_uses", "modified", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate_off", "valid_from", "valid_until") VALUES (OLD."amount_off_minor", OLD."code", OLD."created", OLD."edition_id", OLD."id", OLD."max_uses", OLD."modified", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."rate_off", OLD."valid_from", OLD."valid_until"); RETURN NULL;',
                            hash="dc1b9ab4c534ed184c4afee96c0eaab317b080be",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_b4171",
                            table="editions_coupon",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="coupon",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_couponevent" ("amount_off_minor", "code", "created", "edition_id", "id", "max_uses", "modified", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rate_off", "valid_from", "valid_until") VALUES (OLD."amount_off_minor", OLD."code", OLD."created", OLD."edition_id", OLD."id", OLD."max_uses", OLD."modified", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."rate_off", OLD."valid_from", OLD."valid_until"); RETURN NULL;',
                            hash="60dc6dd63a65a0f4a88d8b6e9585dfdd9f49fac1",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_d59b0",
                            table="editions_coupon",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="edition",
                    trigger=pgtrigger.compiler.Trigger(
                        name="edition_is_first_published_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."published_at" IS NOT NULL AND OLD."published_at" IS DISTINCT FROM (NEW."published_at"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="8a92b5fd016b624ad004b84d005ea04ae7ed1746",
                            operation="UPDATE",
                            pgid="pgtrigger_edition_is_first_published_once_726d7",
                            table="editions_edition",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="edition",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_editionevent" ("created", "currency", "default_country_code", "default_deposit_tax_rate", "default_language", "default_packaging_deposit_tax_rate", "default_price_tax_rate", "email_reply_to", "email_sender_address", "email_sender_name", "enabled_languages", "end_date", "event_id", "fee_rule_id", "id", "is_archived", "is_draft", "merchant_account_extra_parameters", "merchant_account_id", "merchant_id", "meta_description", "meta_image_id", "meta_title", "metadata", "modified", "name", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "published_at", "refund_confirmation_email_id", "slug", "sms_sender_name", "start_date", "tax_type", "timezone", "transaction_receipt_email_id") VALUES (NEW."created", NEW."currency", NEW."default_country_code", NEW."default_deposit_tax_rate", NEW."default_language", NEW."default_packaging_deposit_tax_rate", NEW."default_price_tax_rate", NEW."email_reply_to", NEW."email_sender_address", NEW."email_sender_name", NEW."enabled_languages", NEW."end_date", NEW."event_id", NEW."fee_rule_id", NEW."id", NEW."is_archived", NEW."is_draft", NEW."merchant_account_extra_parameters", NEW."merchant_account_id", NEW."merchant_id", NEW."meta_description", NEW."meta_image_id", NEW."meta_title", NEW."metadata", NEW."modified", NEW."name", NEW."organization_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."published_at", NEW."refund_confirmation_email_id", NEW."slug", NEW."sms_sender_name", NEW."start_date", NEW."tax_type", NEW."timezone", NEW."transaction_receipt_email_id"); RETURN NULL;',
                            hash="6977e7e623463c1ee20b141b37e54ff88e1e6e19",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_4e3a7",
                            table="editions_edition",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="emailmessage",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_emailmessageevent" ("blocks", "created", "edition_id", "id", "modified", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "scope", "subject", "template", "title", "type") VALUES (NEW."blocks", NEW."created", NEW."edition_id", NEW."id", NEW."modified", NEW."organization_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."scope", NEW."subject", NEW."template", NEW."title", NEW."type"); RETURN NULL;',
                            hash="edbe5ce70018bb51e2280e32849152202ee44bae",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_dfbe5",
                            table="editions_emailmessage",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="emailmessage",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_emailmessageevent" ("blocks", "created", "edition_id", "id", "modified", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "scope", "subject", "template", "title", "type") VALUES (OLD."blocks", OLD."created", OLD."edition_id", OLD."id", OLD."modified", OLD."organization_id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."scope", OLD."subject", OLD."template", OLD."title", OLD."type"); RETURN NULL;',
                            hash="3fbeda5a0899a280aca1e235105f71e330534057",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_93cfe",
                            table="editions_emailmessage",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="emailmessage",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_emailmessageevent" ("blocks", "created", "edition_id", "id", "modified", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "scope", "subject", "template", "title", "type") VALUES (OLD."blocks", OLD."created", OLD."edition_id", OLD."id", OLD."modified", OLD."organization_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."scope", OLD."subject", OLD."template", OLD."title", OLD."type"); RETURN NULL;',
                            hash="e00b24be9b30e5806c4a66ef73f6ddf4e9b06fe9",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_0b637",
                            table="editions_emailmessage",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="event",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_eventevent" ("created", "id", "modified", "name", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."created", NEW."id", NEW."modified", NEW."name", NEW."organization_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="9591de9e17c17b1b6ba42a508b72c70af8f51dc6",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_ca07a",
                            table="editions_event",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="event",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_eventevent" ("created", "id", "modified", "name", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created", OLD."id", OLD."modified", OLD."name", OLD."organization_id", _pgh_attach_context(), NOW(), \'update\', OLD."id"); RETURN NULL;',
                            hash="326e165e1064005ec34cbda9a0edd48c01474fef",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_d4a4a",
                            table="editions_event",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="event",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_eventevent" ("created", "id", "modified", "name", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created", OLD."id", OLD."modified", OLD."name", OLD."organization_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="d517ca73f8908beec9bb2357f7de2dea5445c8c4",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_88877",
                            table="editions_event",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="feerule",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_feeruleevent" ("created", "handling_fee_fixed_minor", "handling_fee_rate", "id", "modified", "name", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service_fee_fixed_minor", "service_fee_rate") VALUES (NEW."created", NEW."handling_fee_fixed_minor", NEW."handling_fee_rate", NEW."id", NEW."modified", NEW."name", NEW."organization_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."service_fee_fixed_minor", NEW."service_fee_rate"); RETURN NULL;',
                            hash="176020c6ad596d263148de661f1b17c8f460ea2b",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_d83ae",
                            table="editions_feerule",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="feerule",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_feeruleevent" ("created", "handling_fee_fixed_minor", "handling_fee_rate", "id", "modified", "name", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service_fee_fixed_minor", "service_fee_rate") VALUES (OLD."created", OLD."handling_fee_fixed_minor", OLD."handling_fee_rate", OLD."id", OLD."modified", OLD."name", OLD."organization_id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."service_fee_fixed_minor", OLD."service_fee_rate"); RETURN NULL;',
                            hash="0fc510f67340146ca75a0cdb67b53463d99cfde8",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_0b268",
                            table="editions_feerule",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="feerule",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_feeruleevent" ("created", "handling_fee_fixed_minor", "handling_fee_rate", "id", "modified", "name", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service_fee_fixed_minor", "service_fee_rate") VALUES (OLD."created", OLD."handling_fee_fixed_minor", OLD."handling_fee_rate", OLD."id", OLD."modified", OLD."name", OLD."organization_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."service_fee_fixed_minor", OLD."service_fee_rate"); RETURN NULL;',
                            hash="3a772d77454b76ccc8643bc2b8360243decf9356",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_23c44",
                            table="editions_feerule",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="location",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_locationevent" ("created", "edition_id", "id", "is_draft", "modified", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."created", NEW."edition_id", NEW."id", NEW."is_draft", NEW."modified", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="834be9fef21a4939f725534019ab991ac607e05b",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_e9b12",
                            table="editions_location",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="location",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_locationevent" ("created", "edition_id", "id", "is_draft", "modified", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created", OLD."edition_id", OLD."id", OLD."is_draft", OLD."modified", OLD."name", _pgh_attach_context(), NOW(), \'update\', OLD."id"); RETURN NULL;',
                            hash="30d1967ddaad40c21b9e34dfac5e18fec35785b7",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_91754",
                            table="editions_location",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="location",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_locationevent" ("created", "edition_id", "id", "is_draft", "modified", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created", OLD."edition_id", OLD."id", OLD."is_draft", OLD."modified", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="a64ba8b04f379f30c0f7ea8b12d4159f2f73dc8e",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_b16d5",
                            table="editions_location",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="merchantaccount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_merchantaccountevent" ("created", "id", "modified", "name", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "supported_currencies", "type") VALUES (NEW."created", NEW."id", NEW."modified", NEW."name", NEW."organization_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."supported_currencies", NEW."type"); RETURN NULL;',
                            hash="838a2a38070acaf9f927051bcebb5fe0df84644b",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_67392",
                            table="editions_merchantaccount",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="option",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_optionevent" ("created", "deposit_mod_minor", "id", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_mod_minor", "product_id") VALUES (NEW."created", NEW."deposit_mod_minor", NEW."id", NEW."modified", NEW."name", NEW."order", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."price_mod_minor", NEW."product_id"); RETURN NULL;',
                            hash="123bc2f1bf523970cfc4e762138e8f2c7835ae12",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_8955b",
                            table="editions_option",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="option",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_optionevent" ("created", "deposit_mod_minor", "id", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_mod_minor", "product_id") VALUES (OLD."created", OLD."deposit_mod_minor", OLD."id", OLD."modified", OLD."name", OLD."order", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."price_mod_minor", OLD."product_id"); RETURN NULL;',
                            hash="2bfc57f2b1b56ec48712d9e753cae4090a1eb740",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_19f7f",
                            table="editions_option",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="option",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_optionevent" ("created", "deposit_mod_minor", "id", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_mod_minor", "product_id") VALUES (OLD."created", OLD."deposit_mod_minor", OLD."id", OLD."modified", OLD."name", OLD."order", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."price_mod_minor", OLD."product_id"); RETURN NULL;',
                            hash="27621112a5001d2622d1bef2daa39357a9932598",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_d735d",
                            table="editions_option",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="passdesign",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_passdesignevent" ("background_color", "created", "edition_id", "fields", "foreground_color", "id", "label_color", "logo_id", "modified", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."background_color", NEW."created", NEW."edition_id", NEW."fields", NEW."foreground_color", NEW."id", NEW."label_color", NEW."logo_id", NEW."modified", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="2e05082f49b75baa2fbb8a49b7ca9cfb4beb74c5",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_44921",
                            table="editions_passdesign",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="passdesign",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_passdesignevent" ("background_color", "created", "edition_id", "fields", "foreground_color", "id", "label_color", "logo_id", "modified", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."background_color", OLD."created", OLD."edition_id", OLD."fields", OLD."foreground_color", OLD."id", OLD."label_color", OLD."logo_id", OLD."modified", OLD."name", _pgh_attach_context(), NOW(), \'update\', OLD."id"); RETURN NULL;',
                            hash="d9fbf2e3d192d08314158bfa83c4212800c7e235",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_b5e26",
                            table="editions_passdesign",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="passdesign",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_passdesignevent" ("background_color", "created", "edition_id", "fields", "foreground_color", "id", "label_color", "logo_id", "modified", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."background_color", OLD."created", OLD."edition_id", OLD."fields", OLD."foreground_color", OLD."id", OLD."label_color", OLD."logo_id", OLD."modified", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="af6f6c05d61f1c828774b238749bd254b11a2890",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_aee89",
                            table="editions_passdesign",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="product",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_productevent" ("category_id", "created", "deposit_minor", "deposit_tax_rate", "description", "edition_id", "external_id", "id", "is_draft", "is_rental", "is_unlimited_use", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_minor", "price_tax_rate", "stock", "uses", "vendor_id") VALUES (NEW."category_id", NEW."created", NEW."deposit_minor", NEW."deposit_tax_rate", NEW."description", NEW."edition_id", NEW."external_id", NEW."id", NEW."is_draft", NEW."is_rental", NEW."is_unlimited_use", NEW."modified", NEW."name", NEW."order", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."price_minor", NEW."price_tax_rate", NEW."stock", NEW."uses", NEW."vendor_id"); RETURN NULL;',
                            hash="a1e06ee54c1edbe44a8a59ce6e9590c5002d0924",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_7ea8b",
                            table="editions_product",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="trigger",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_triggerevent" ("created", "delay_minutes", "edition_id", "email_message_id", "event", "id", "is_active", "modified", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."created", NEW."delay_minutes", NEW."edition_id", NEW."email_message_id", NEW."event", NEW."id", NEW."is_active", NEW."modified", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="ff9ea7e4c6572bf99ce8e9c6df396676156179b8",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_5c349",
                            table="editions_trigger",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="trigger",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_triggerevent" ("created", "delay_minutes", "edition_id", "email_message_id", "event", "id", "is_active", "modified", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created", OLD."delay_minutes", OLD."edition_id", OLD."email_message_id", OLD."event", OLD."id", OLD."is_active", OLD."modified", _pgh_attach_context(), NOW(), \'update\', OLD."id"); RETURN NULL;',
                            hash="f5816bb9f4713f1521ba5dbfad5f4770ab8775b0",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_7a177",
                            table="editions_trigger",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="trigger",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_triggerevent" ("created", "delay_minutes", "edition_id", "email_message_id", "event", "id", "is_active", "modified", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created", OLD."delay_minutes", OLD."edition_id", OLD."email_message_id", OLD."event", OLD."id", OLD."is_active", OLD."modified", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="fadde1656cd6f10d232f3431805d45d0cc6305ef",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_84117",
                            table="editions_trigger",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="variant",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_variantevent" ("created", "deposit_minor", "id", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_minor", "product_id", "stock") VALUES (NEW."created", NEW."deposit_minor", NEW."id", NEW."modified", NEW."name", NEW."order", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."price_minor", NEW."product_id", NEW."stock"); RETURN NULL;',
                            hash="2e92c72c55588e91339db17548f40735cb21111c",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_3997f",
                            table="editions_variant",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="variant",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_variantevent" ("created", "deposit_minor", "id", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_minor", "product_id", "stock") VALUES (OLD."created", OLD."deposit_minor", OLD."id", OLD."modified", OLD."name", OLD."order", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."price_minor", OLD."product_id", OLD."stock"); RETURN NULL;',
                            hash="5749b6a1d45102d02f8e2e0e84a98c8c705321b7",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_3c863",
                            table="editions_variant",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="variant",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_variantevent" ("created", "deposit_minor", "id", "modified", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "price_minor", "product_id", "stock") VALUES (OLD."created", OLD."deposit_minor", OLD."id", OLD."modified", OLD."name", OLD."order", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."price_minor", OLD."product_id", OLD."stock"); RETURN NULL;',
                            hash="3ce199c21b70dd28e212ed6830e7910e065687ab",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_dc623",
                            table="editions_variant",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="vendorparticipation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_vendorparticipationevent" ("created", "edition_id", "id", "modified", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "vendor_code") VALUES (NEW."created", NEW."edition_id", NEW."id", NEW."modified", NEW."organization_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."vendor_code"); RETURN NULL;',
                            hash="ec2d7bde93d1642410b5e6279761424d064e4d17",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_c0669",
                            table="editions_vendorparticipation",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="vendorparticipation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_vendorparticipationevent" ("created", "edition_id", "id", "modified", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "vendor_code") VALUES (OLD."created", OLD."edition_id", OLD."id", OLD."modified", OLD."organization_id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."vendor_code"); RETURN NULL;',
                            hash="18307bc9e54c9bc38285fe1941fc253c46988e19",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_ae1dd",
                            table="editions_vendorparticipation",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="vendorparticipation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_vendorparticipationevent" ("created", "edition_id", "id", "modified", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "vendor_code") VALUES (OLD."created", OLD."edition_id", OLD."id", OLD."modified", OLD."organization_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."vendor_code"); RETURN NULL;',
                            hash="5761bbd3c9f36a8c1635e67f17b75c1bf07bb3e8",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_64be3",
                            table="editions_vendorparticipation",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="senderdomain",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_senderdomainevent" ("created", "domain", "id", "modified", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "verified_at") VALUES (NEW."created", NEW."domain", NEW."id", NEW."modified", NEW."organization_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."verified_at"); RETURN NULL;',
                            hash="cf4d4d8a8336877d1d2436644a6c59790feb47c0",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_fe3e5",
                            table="editions_senderdomain",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="senderdomain",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "editions_senderdomainevent" ("created", "domain", "id", "modified", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "verified_at") VALUES (OLD."created", OLD."domain", OLD."id", OLD."modified", OLD."organization_id", _pgh_attach_context(), NOW(), \'update\', OLD."id", OLD."verified_at"); RETURN NULL;',
                            hash="74e7ea3dfa3b7cf9ed56fb4446ca2d4463309fba",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_09e2c",
                            table="editions_senderdomain",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="senderdomain",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "editions_senderdomainevent" ("created", "domain", "id", "modified", "organization_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "verified_at") VALUES (OLD."created", OLD."domain", OLD."id", OLD."modified", OLD."organization_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."verified_at"); RETURN NULL;',
                            hash="5178366b6e20aa8e4b42bd5a9e13f35c7f05f44f",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_468f7",
                            table="editions_senderdomain",
                            when="AFTER",
                        ),
                    ),
                ),
            ]
        ),
    ]
