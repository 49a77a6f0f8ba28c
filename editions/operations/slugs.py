"""Names in addresses: one of a kind in an organization."""

from itertools import count

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.text import slugify

from editions.models import Edition
from preo.accounts.models import Organization
from preo.errors import InvalidField

LONGEST = 200
ROOM_FOR_A_NUMBER = 10
# Letters of the product's languages that are no letter with a mark, so that Unicode doesn't take them apart.
LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "ł": "l", "ß": "ss", "Æ": "Ae", "Ø": "Oe", "Ł": "L"})


def take_slug(name: str, *, organization_id: str, wanted: str = "") -> str:
    """The wanted slug; or one made from the name, with a number behind it where an edition of the organization has it.

    Whoever else takes one in the organization waits until the surrounding transaction ends. Raises InvalidField.
    """
    _hold_slugs(organization_id)
    if wanted:
        require_free_slug(wanted, organization_id=organization_id)
        return wanted
    base = slugify(name.translate(LETTERS))[: LONGEST - ROOM_FOR_A_NUMBER].strip("-_") or "edition"
    rows = Edition.objects.filter(organization_id=organization_id, slug__startswith=base)
    taken = set(rows.values_list("slug", flat=True))
    numbered = (f"{base}-{number}" for number in count(2))
    return base if base not in taken else next(slug for slug in numbered if slug not in taken)


def require_free_slug(slug: str, *, organization_id: str) -> None:
    """Raises InvalidField for what is no slug, and for that of another edition of the organization."""
    field = Edition._meta.get_field("slug")
    try:
        field.clean(slug, None)
    except ValidationError as problem:
        raise InvalidField("slug", str(problem.error_list[0].code), problem.messages[0]) from None
    if Edition.objects.filter(organization_id=organization_id, slug=slug).exists():
        raise InvalidField("slug", "not_unique", f"Another edition of the organization is called {slug}.")


def _hold_slugs(organization_id: str) -> None:
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def violated(problem: IntegrityError) -> str | None:
    """The constraint that the database refused a row by."""
    diagnosis = getattr(problem.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
