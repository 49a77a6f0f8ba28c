"""The tables of events, editions and their catalog."""

from editions.models.catalog import Category, Location, Option, Product, ProductImage, Variant, VendorParticipation
from editions.models.editions import Edition, EditionMembership, Event
from editions.models.health import HealthChange
from editions.models.messages import EmailMessage, PassDesign, SenderDomain, Trigger
from editions.models.selling import Coupon, FeeRule, MerchantAccount

__all__ = [
    "Category",
    "Coupon",
    "Edition",
    "EditionMembership",
    "EmailMessage",
    "Event",
    "FeeRule",
    "HealthChange",
    "Location",
    "MerchantAccount",
    "Option",
    "PassDesign",
    "Product",
    "ProductImage",
    "SenderDomain",
    "Trigger",
    "Variant",
    "VendorParticipation",
]
