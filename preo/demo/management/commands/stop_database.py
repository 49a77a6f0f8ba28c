"""Stop the embedded database that a command or a killed demo left running."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from preo import embedded_postgres


class Command(BaseCommand):
    help = "Stop the embedded database; the next command that needs it starts it again."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_EMBEDDED:
            self.stdout.write("DATABASE_URL names another database, which is left alone.")
            return
        embedded_postgres.stop(settings.LOCAL_DIR)
        self.stdout.write("The embedded database is stopped.")
