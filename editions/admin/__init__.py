"""The admin of editions and their catalog."""

from editions.admin.catalog import CategoryAdmin, LocationAdmin, VendorAdmin
from editions.admin.editions import EditionAdmin
from editions.admin.memberships import EditionMembershipAdmin
from editions.admin.merchants import MerchantAccountAdmin
from editions.admin.products import ProductAdmin
from editions.admin.selling import CouponAdmin, EventAdmin, FeeRuleAdmin
from editions.admin.telling import PassDesignAdmin, SenderDomainAdmin, TriggerAdmin

__all__ = [
    "CategoryAdmin",
    "CouponAdmin",
    "EditionAdmin",
    "EditionMembershipAdmin",
    "EventAdmin",
    "FeeRuleAdmin",
    "LocationAdmin",
    "MerchantAccountAdmin",
    "PassDesignAdmin",
    "ProductAdmin",
    "SenderDomainAdmin",
    "TriggerAdmin",
    "VendorAdmin",
]
