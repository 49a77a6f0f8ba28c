"""Duplicating an edition with everything that is set up for it."""

from editions.operations.duplicate.duplicating import duplicate_edition, preview_duplicate
from editions.operations.duplicate.kinds import Kind, Wanted, register

__all__ = ["Kind", "Wanted", "duplicate_edition", "preview_duplicate", "register"]
