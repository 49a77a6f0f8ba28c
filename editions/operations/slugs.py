"""Names in addresses: one of a kind in an organization."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from django.db import IntegrityError
from django.utils.text import slugify

from editions.models import Edition
from preo.accounts.models import Organization
from preo.errors import InvalidField

LONGEST = 200
ROOM_FOR_A_NUMBER = 10
# Letters of the product's languages that are no letter with a mark, so that Unicode doesn't take them apart.
LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "ł": "l", "ß": "ss", "Æ": "Ae", "Ø": "Oe", "Ł": "L"})
TAKEN = "edition_slug_is_unique_in_organization"


def free_slug(name: str, *, organization_id: str) -> str:
    """A slug made from the name, with a number behind it where an edition of the organization has it already.

    Whoever else asks for the organization waits until the surrounding transaction ends.
    """
    _hold_names(organization_id)
    base = slugify(name.translate(LETTERS))[: LONGEST - ROOM_FOR_A_NUMBER].strip("-_") or "edition"
    rows = Edition.objects.filter(organization_id=organization_id, slug__startswith=base)
    taken = set(rows.values_list("slug", flat=True))
    numbered = (f"{base}-{number}" for number in count(2))
    return base if base not in taken else next(slug for slug in numbered if slug not in taken)


def _hold_names(organization_id: str) -> None:
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


@contextmanager
def refusing_a_taken_slug(slug: str) -> Iterator[None]:
    """Turns the refusal of the database into one that names the field. Raises InvalidField."""
    try:
        yield
    except IntegrityError as problem:
        if violated(problem) != TAKEN:
            raise
        raise InvalidField("slug", "not_unique", f"Another edition of the organization is called {slug}.") from None


def violated(problem: IntegrityError) -> str | None:
    """The constraint that the database refused a row by."""
    diagnosis = getattr(problem.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
