"""`manage.py verify_consents`: prove that what customers answered to is what stands there now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consents.verifying import verified


class Command(BaseCommand):
    help = (
        "Hold the SHA-256 of every answer to a consent against the text of the version that it names; says OK, or "
        "names what doesn't match and exits with 1. It changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        right = wrong = 0
        for group in verified():
            if group.wrong:
                self.stdout.write(str(group))
                wrong += group.count
            else:
                right += group.count
        if wrong:
            raise CommandError(f"{wrong} of {right + wrong} answers don't match what they name.")
        self.stdout.write(f"OK: {right} answers are to the words that they name.")
