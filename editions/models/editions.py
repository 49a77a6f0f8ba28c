"""Events, their editions, and roles on a single edition."""

from datetime import datetime
from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce

from editions.choices import CountryCode, DateStatus, Language, SmsSenderName, TaxType
from preo.accounts.models import Organization
from preo.api.roles import Role
from preo.api.scoping import ScopedQuerySet
from preo.files.models import StoredFile
from preo.history import Place, keep_history
from preo.money import Currency
from preo.public_ids import NotAPublicId, PublicIdField, parse
from preo.rows import Row


def english() -> list[str]:
    """The languages of an edition for which nobody chose any."""
    return [Language.EN]


def within_percent(column: str) -> models.Q:
    """A rate that is empty or from 0 to 100."""
    return models.Q(**{f"{column}__isnull": True}) | models.Q(**{f"{column}__range": (0, 100)})


OF_EDITION = Place(
    "edition.organization_id", "row.edition_id", "LEFT JOIN editions_edition edition ON edition.id = row.edition_id"
)
"""What belongs to an edition, for the history."""

OF_PRODUCT = Place(
    "edition.organization_id",
    "product.edition_id",
    "LEFT JOIN editions_product product ON product.id = row.product_id "
    "LEFT JOIN editions_edition edition ON edition.id = product.edition_id",
)


@keep_history()
class Event(Row):
    """What an organization runs again and again; each dated run is an edition."""

    id = PublicIdField(prefix="evt")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="events")
    name = models.CharField(max_length=200)

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class LocalDayEnd(models.Func):
    """The moment at which a moment's day ends in a timezone that another column names."""

    arity = 2
    output_field = models.DateTimeField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        moment, moment_params = compiler.compile(self.source_expressions[0])
        zone, zone_params = compiler.compile(self.source_expressions[1])
        sql = f"((date_trunc('day', {moment} AT TIME ZONE {zone}) + interval '1 day') AT TIME ZONE {zone})"
        return sql, [*moment_params, *zone_params, *zone_params]


class EditionQuerySet(ScopedQuerySet["Edition"]):
    edition_field = "id"

    def with_status(self, now: datetime) -> Self:
        """Annotates `status`, the date-based one, as of `now`. Rule: dates decide the status (docs/rules.md)."""
        ends = Coalesce("end_date", LocalDayEnd("start_date", "timezone"))
        return self.annotate(
            ends_at=ends,
            status=models.Case(
                models.When(start_date=None, end_date=None, then=models.Value(DateStatus.NO_DATES)),
                models.When(start_date__gt=now, then=models.Value(DateStatus.UPCOMING)),
                models.When(ends_at__lt=now, then=models.Value(DateStatus.PAST)),
                default=models.Value(DateStatus.CURRENT),
                output_field=models.CharField(),
            ),
        )

    def published(self) -> Self:
        return self.filter(is_draft=False, is_archived=False)

    def open(self) -> Self:
        """Those that are not archived."""
        return self.filter(is_archived=False)

    def named(self, text: str) -> Self:
        """The one that an id or `organization-slug/edition-slug` names, or none."""
        organization, slash, slug = text.partition("/")
        if slash:
            return self.filter(organization__slug=organization, slug=slug)
        try:
            parse("edt", text)
        except NotAPublicId:
            return self.none()
        return self.filter(pk=text)

    def with_setup(self) -> Self:
        """Loads all that the healthcheck reads, in a number of queries that is the same for one and for many."""
        from editions.models.setup import with_setup  # which needs the tables that hang on editions

        return with_setup(self)  # type: ignore[no-any-return]  # a queryset like this one


@keep_history(Place(edition="row.id"))
class Edition(Row):
    """One dated run of an event, with everything that is set up for it. Tax rates are in percent."""

    id = PublicIdField(prefix="edt")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="editions")
    event = models.ForeignKey(Event, models.PROTECT, related_name="editions", null=True, blank=True)
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200)
    start_date = models.DateTimeField(null=True, blank=True)
    end_date = models.DateTimeField(null=True, blank=True)
    timezone = models.CharField(max_length=64, default="UTC")
    default_country_code = models.CharField(max_length=5, choices=CountryCode.choices, default=CountryCode.DK)
    is_draft = models.BooleanField(default=True)
    is_archived = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)
    default_language = models.CharField(max_length=2, choices=Language.choices, default=Language.EN)
    enabled_languages = ArrayField(models.CharField(max_length=2, choices=Language.choices), default=english)
    tax_type = models.CharField(max_length=5, choices=TaxType.choices, default=TaxType.NONE)
    default_price_tax_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    default_deposit_tax_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    default_packaging_deposit_tax_rate = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    currency = models.CharField(max_length=3, choices=Currency.choices, default=Currency.DKK)
    fee_rule = models.ForeignKey("editions.FeeRule", models.PROTECT, null=True, blank=True, related_name="+")
    merchant_account = models.ForeignKey(
        "editions.MerchantAccount", models.PROTECT, null=True, blank=True, related_name="+"
    )
    merchant_account_extra_parameters = models.JSONField(default=dict, blank=True)
    merchant_id = models.JSONField(default=dict, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    sms_sender_name = models.CharField(max_length=5, choices=SmsSenderName.choices, default=SmsSenderName.UNSET)
    email_sender_name = models.CharField(max_length=50, blank=True)
    email_sender_address = models.EmailField(max_length=254, blank=True)
    email_reply_to = models.EmailField(max_length=254, blank=True)
    meta_title = models.JSONField(default=dict, blank=True, help_text="Text by language.")
    meta_description = models.JSONField(default=dict, blank=True, help_text="Text by language.")
    meta_image = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    transaction_receipt_email = models.ForeignKey(
        "editions.EmailMessage", models.PROTECT, null=True, blank=True, related_name="+"
    )
    refund_confirmation_email = models.ForeignKey(
        "editions.EmailMessage", models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "slug"], name="edition_slug_is_unique_in_organization"),
            models.UniqueConstraint(fields=["id", "organization"], name="edition_belongs_to_one_organization"),
            models.CheckConstraint(
                condition=models.Q(start_date=None)
                | models.Q(end_date=None)
                | models.Q(end_date__gt=models.F("start_date")),
                name="edition_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(enabled_languages__contains=[models.F("default_language")]),
                name="edition_default_language_is_enabled",
            ),
            models.CheckConstraint(
                condition=models.Q(enabled_languages__contained_by=Language.values),
                name="edition_enabled_languages_are_known",
            ),
            models.CheckConstraint(condition=models.Q(currency__in=Currency.values), name="edition_currency_is_known"),
            models.CheckConstraint(
                condition=models.Q(is_draft=True) | models.Q(published_at__isnull=False),
                name="edition_published_once_it_is_no_draft",
            ),
            models.CheckConstraint(
                condition=within_percent("default_price_tax_rate")
                & within_percent("default_deposit_tax_rate")
                & within_percent("default_packaging_deposit_tax_rate"),
                name="edition_tax_rates_are_percentages",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="edition_is_first_published_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__published_at__isnull=False)
                & pgtrigger.Q(old__published_at__df=pgtrigger.F("new__published_at")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-created", "-id"], name="edition_newest_first"),
            models.Index(fields=["event"], name="edition_of_event"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """With the event's name in front. Needs `event` loaded."""
        return f"{self.event.name} {self.name}" if self.event else self.name


@keep_history(OF_EDITION)
class EditionMembership(Row):
    """The role of one staff user on a single edition."""

    id = PublicIdField(prefix="ebr")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="memberships")
    staff_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="edition_memberships")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "staff_user"], name="one_role_per_edition"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="edition_membership_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.edition_id}"
