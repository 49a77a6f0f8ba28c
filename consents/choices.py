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


class AnswerState(models.TextChoices):
    """What a customer answered."""

    GIVEN = "given", "Given"
    WITHDRAWN = "withdrawn", "Withdrawn"


class AnswerChannel(models.TextChoices):
    """Where a customer answered."""

    WEB = "web", "Website"
    APP = "app", "App"
    EMAIL = "email", "E-mail"
    PHONE = "phone", "Phone"
    IN_PERSON = "in_person", "In person"
    IMPORT = "import", "Import"
    API = "api", "Another system"
