"""Letters to staff are made of no e-mail message."""

from typing import ClassVar

from django.db import migrations

import preo.public_ids

EMPTIABLE = {"default": None, "help_text": "None for a letter to staff.", "null": True, "primary_key": False}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("mail", "0001_mails_are_queued_and_sent")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name=name,
            name="email_message_id",
            field=preo.public_ids.PublicIdField(prefix="eml", **EMPTIABLE),
        )
        for name in ("outgoingmail", "outgoingmailevent")
    ]
