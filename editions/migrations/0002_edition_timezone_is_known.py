"""A timezone that PostgreSQL doesn't know would break every list of editions, so the row is refused."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("editions", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE editions_edition ADD CONSTRAINT edition_timezone_is_known
            CHECK ((timestamptz '2000-01-01 00:00+00' AT TIME ZONE timezone) IS NOT NULL)
            """,
            "ALTER TABLE editions_edition DROP CONSTRAINT edition_timezone_is_known",
        ),
    ]
