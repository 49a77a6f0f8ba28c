"""The edition that an operator names on the command line."""

from django.core.management.base import CommandError

from editions.models import Edition


def find_edition(text: str) -> Edition:
    """By typed id or by slugs. Raises CommandError."""
    found = Edition.objects.named(text).select_related("organization").first()
    if found is None:
        raise CommandError(f"There is no edition {text}; give an id (edt_…) or organization-slug/edition-slug.")
    return found
