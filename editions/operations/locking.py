"""Holding an edition while it, or something that hangs on it, is written."""

from editions.models import Edition
from preo.errors import DomainError


class EditionArchived(DomainError):
    code = "edition_archived"


def lock_edition(edition: Edition, *, against_orders: bool = False) -> Edition:
    """The edition as it is now, held until the surrounding transaction ends.

    Whoever writes a row of its catalog takes this first. With `against_orders` nobody can order meanwhile either.
    """
    rows = Edition.objects.select_for_update(of=("self",), no_key=not against_orders)
    return rows.select_related("event", "organization", "merchant_account").get(pk=edition.pk)


def require_open(edition: Edition) -> None:
    """Raises EditionArchived. Rule: "An archived edition" in docs/rules.md."""
    if edition.is_archived:
        raise EditionArchived("This edition is archived; unarchive it before changing anything.")
