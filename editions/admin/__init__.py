"""The admin of editions and their catalog."""

from editions.admin.editions import EditionAdmin
from editions.admin.memberships import EditionMembershipAdmin

__all__ = ["EditionAdmin", "EditionMembershipAdmin"]
