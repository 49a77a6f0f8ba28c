"""On what terms an edition sells: coupons, fees, and the account that the money goes to."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Upper

from editions.models.catalog import CatalogQuerySet
from editions.models.editions import OF_EDITION, Edition
from preo.accounts.models import Organization
from preo.api.scoping import ScopedQuerySet
from preo.history import keep_history
from preo.money import Currency
from preo.public_ids import PublicIdField
from preo.rows import Row


@keep_history(OF_EDITION)
class Coupon(Row):
    """A code that takes something off: an amount in minor units, or a rate in percent."""

    id = PublicIdField(prefix="cpn")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="coupons")
    code = models.CharField(max_length=50)
    amount_off_minor = models.BigIntegerField(null=True, blank=True)
    rate_off = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True)

    objects: ClassVar[Any] = CatalogQuerySet.as_manager()

    class Meta:
        ordering = ("code", "id")
        constraints: ClassVar = [
            models.UniqueConstraint("edition", Upper("code"), name="coupon_code_is_unique_in_edition"),
            models.CheckConstraint(
                condition=models.Q(amount_off_minor__gt=0, rate_off__isnull=True)
                | models.Q(amount_off_minor__isnull=True, rate_off__gt=0, rate_off__lte=100),
                name="coupon_takes_off_an_amount_or_a_rate",
            ),
        ]

    def __str__(self) -> str:
        return self.code


@keep_history()
class FeeRule(Row):
    """Fees on top: handling for each unit, service for each transaction; each fixed (minor units) plus percent."""

    id = PublicIdField(prefix="fee")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="fee_rules")
    name = models.CharField(max_length=200)
    handling_fee_fixed_minor = models.BigIntegerField(default=0)
    handling_fee_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    service_fee_fixed_minor = models.BigIntegerField(default=0)
    service_fee_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    handling_fee_fixed_minor__gte=0,
                    service_fee_fixed_minor__gte=0,
                    handling_fee_rate__range=(0, 100),
                    service_fee_rate__range=(0, 100),
                ),
                name="fees_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MerchantAccountType(models.TextChoices):
    """The payment providers; `manual` is cash or bank."""

    STRIPE = "stripe", "Stripe"
    ADYEN = "adyen", "Adyen"
    MANUAL = "manual", "Manual"
    SANDBOX = "sandbox", "Sandbox"


@keep_history(secret=("credentials",))
class MerchantAccount(Row):
    """An account at a payment provider. `credentials` holds ciphertext only."""

    id = PublicIdField(prefix="mac")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="merchant_accounts")
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=10, choices=MerchantAccountType.choices)
    supported_currencies = ArrayField(models.CharField(max_length=3, choices=Currency.choices))
    credentials = models.BinaryField(default=b"", editable=False)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name
