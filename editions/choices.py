"""The published choices of an edition's settings."""

from django.db import models


class Language(models.TextChoices):
    """Swedish is `se` here, as the API has it."""

    EN = "en", "English"
    DA = "da", "Danish"
    SE = "se", "Swedish"
    NL = "nl", "Dutch"
    PL = "pl", "Polish"


class CountryCode(models.TextChoices):
    """Phone prefixes of the countries that sign-in by phone is offered in."""

    AT = "+43", "Austria (+43)"
    BE = "+32", "Belgium (+32)"
    DK = "+45", "Denmark (+45)"
    FI = "+358", "Finland (+358)"
    FR = "+33", "France (+33)"
    DE = "+49", "Germany (+49)"
    NL = "+31", "Netherlands (+31)"
    NO = "+47", "Norway (+47)"
    PL = "+48", "Poland (+48)"
    SE = "+46", "Sweden (+46)"
    CH = "+41", "Switzerland (+41)"
    GB = "+44", "United Kingdom (+44)"
    US = "+1", "United States (+1)"


class TaxType(models.TextChoices):
    NONE = "none", "None"
    VAT = "vat", "VAT"
    SALES = "sales", "Sales tax"


class SmsSenderName(models.TextChoices):
    UNSET = "Unset", "Unset"
    PREO = "Preo", "Preo"
    STORE = "Store", "Store"


class DateStatus(models.TextChoices):
    """Where an edition stands in time; derived from its dates, never stored."""

    UPCOMING = "upcoming", "Upcoming"
    CURRENT = "current", "Current"
    PAST = "past", "Past"
    NO_DATES = "no_dates", "No dates"


class HealthStatus(models.TextChoices):
    """The worst severity of what a healthcheck finds wrong; infos alone are healthy."""

    HEALTHY = "healthy", "Healthy"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


class Severity(models.TextChoices):
    """How much a failed check matters; a critical one keeps an edition from being published."""

    CRITICAL = "critical", "Critical"
    WARNING = "warning", "Warning"
    INFO = "info", "Info"


class EmailTemplateMode(models.TextChoices):
    """What becomes of the e-mail messages when an edition is duplicated."""

    COPY = "copy", "Copy templates"
    SHARE = "share", "Share templates"


class EmailType(models.TextChoices):
    RECEIPT = "receipt", "Receipt"
    RECEIPT_ONLINE = "receipt_online", "Online receipt"
    REMINDER = "reminder", "Reminder"
    REFUND_CONFIRMATION = "refund_confirmation", "Refund confirmation"
    USER_PORTAL_ACCESS = "user_portal_access", "User portal access"
    CAMPAIGN = "campaign", "Campaign"
    OTHER = "other", "Other"


class EmailScope(models.TextChoices):
    PLATFORM = "platform", "Platform"
    TEMPLATE = "template", "Template"
    EDITION = "edition", "Edition"


class EmailTemplate(models.TextChoices):
    """The looks that an e-mail message can have."""

    MODERN = "modern", "Modern"


class TriggerEvent(models.TextChoices):
    """What can happen to an order of the edition."""

    ORDER_CONFIRMED = "order_confirmed", "Order confirmed"
    ORDER_COMPLETED = "order_completed", "Order completed"
    ORDER_CANCELLED = "order_cancelled", "Order cancelled"
    REFUND_PROCESSED = "refund_processed", "Refund processed"
    PURCHASE_USED = "purchase_used", "Purchase used"


class PassFact(models.TextChoices):
    """What a wallet pass can say of an order."""

    ORDER_NUMBER = "order_number", "Order number"
    CUSTOMER_NAME = "customer_name", "Customer's name"
    PRODUCT_NAME = "product_name", "Product"
    VARIANT_NAME = "variant_name", "Variant"
    PICKUP_POINT = "pickup_point", "Pickup point"
    EDITION_DATES = "edition_dates", "Dates of the edition"
