"""The published choices of consents."""

from django.db import models


class ConsentType(models.TextChoices):
    TERMS = "terms", "Terms"
    MARKETING = "marketing", "Marketing"
    NOTICE = "notice", "Notice"


class ConsentScope(models.TextChoices):
    """Whom a consent is asked of: everybody, or those of one edition, one vendor, or some products."""

    ORGANIZATION = "organization", "Organization"
    EDITION = "edition", "Edition"
    VENDOR = "vendor", "Vendor"
    PRODUCT = "product", "Product"
