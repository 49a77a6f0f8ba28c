from django.db import migrations, models

import preo.public_ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("staff_user_id", preo.public_ids.PublicIdField(prefix="stf", primary_key=False)),
                ("credential", models.CharField(blank=True, max_length=40)),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.CharField(max_length=64)),
                ("rights", models.JSONField()),
                ("status", models.PositiveSmallIntegerField()),
                ("headers", models.JSONField()),
                ("body", models.BinaryField()),
                ("created", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="kept_answer_by_expiry")],
                "constraints": [
                    models.UniqueConstraint(fields=("staff_user_id", "credential", "key"), name="one_answer_for_a_key"),
                    models.CheckConstraint(
                        condition=models.Q(("key__regex", "^[!-~]+$")), name="idempotency_key_is_visible_ascii"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__gte", 200), ("status__lt", 500)), name="kept_answer_is_definite"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created"))), name="kept_answer_expires_later"
                    ),
                ],
            },
        ),
    ]
