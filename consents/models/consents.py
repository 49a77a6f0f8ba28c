"""What customers are asked to agree to."""

from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models

from consents.choices import ConsentScope, ConsentType
from editions.models import Edition, Product
from preo.accounts.models import Organization
from preo.api.scoping import ScopedQuerySet
from preo.firm_triggers import AtCommitTrigger, FirmTrigger
from preo.history import Place, keep_history, keep_history_of_links
from preo.public_ids import PublicIdField
from preo.rows import Row


class ConsentQuerySet(ScopedQuerySet["Consent"]):
    edition_field = "edition_id"

    def not_superseded(self) -> Self:
        """Without what another version has taken the place of; it does so once it is published."""
        return self.exclude(superseded_by__published=True)

    def in_force(self) -> Self:
        """What customers are asked: published, enabled, and in its newest published version."""
        return self.not_superseded().filter(published=True, enabled=True)

    def of_scope(self, scope: str) -> Self:
        """Those asked of everybody, or of the customers of one edition, of one vendor, of some products."""
        has_products = models.Exists(Consent.products.through.objects.filter(consent=models.OuterRef("pk")))
        if scope == ConsentScope.PRODUCT:
            return self.filter(has_products)
        conditions = {
            ConsentScope.EDITION: models.Q(edition__isnull=False),
            ConsentScope.VENDOR: models.Q(vendor_org__isnull=False),
            ConsentScope.ORGANIZATION: models.Q(edition=None, vendor_org=None) & ~has_products,
        }
        return self.filter(conditions[ConsentScope(scope)])

    def with_product_ids(self) -> Self:
        """Each with `product_ids`, in the order of the ids."""
        products = Product.objects.filter(consents=models.OuterRef("pk")).order_by("pk").values("pk")
        return self.annotate(product_ids=ArraySubquery(products))

    def with_later(self) -> Self:
        """Each with the version that follows it, without that one's words."""
        unread = ("superseded_by__consent_text", "superseded_by__document_url")
        return self.select_related("superseded_by").defer(*unread)

    def asked_in(self, edition: Edition) -> Self:
        """What a customer of the edition can be asked: its own, of its products, its vendors, its organization."""
        everywhere = models.Q(edition=None, vendor_org=None, products=None)
        return self.filter(
            everywhere
            | models.Q(edition=edition)
            | models.Q(products__edition=edition)
            | models.Q(vendor_org__participations__edition=edition),
            organization_id=edition.organization_id,
        ).distinct()


FROZEN = (
    "organization_id",
    "edition_id",
    "vendor_org_id",
    "title",
    "type",
    "required",
    "published",
    "published_date",
    "consent_text",
    "document_url",
    "version",
    "supersedes_id",
    "first_id",
)
"""What stays of a published consent; the products do too."""


@keep_history(Place(edition="row.edition_id"))
class Consent(Row):
    """One version of a text or document to agree to; `consent_text` and `document_url` are by language.

    Published ones are frozen; a later version names in `supersedes` what it takes the place of, and in `first` the
    version that began it all.
    """

    id = PublicIdField(prefix="cns")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="consents")
    edition = models.ForeignKey(Edition, models.CASCADE, null=True, blank=True, related_name="consents")
    vendor_org = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="vendor"
    )
    products = models.ManyToManyField(Product, blank=True, related_name="consents")
    title = models.CharField(max_length=250)
    type = models.CharField(max_length=10, choices=ConsentType.choices, default=ConsentType.TERMS)
    enabled = models.BooleanField(default=True)
    published = models.BooleanField(default=False)
    published_date = models.DateTimeField(null=True, blank=True)
    required = models.BooleanField(default=False)
    consent_text = models.JSONField(default=dict, blank=True)
    document_url = models.JSONField(default=dict, blank=True)
    order = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by", editable=False
    )
    first = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="later_versions", editable=False
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ("order", "id")
        triggers: ClassVar = [
            FirmTrigger(
                name="published_consent_is_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.published AND ({' OR '.join(f'OLD.{name} IS DISTINCT FROM NEW.{name}' for name in FROZEN)})"
                ),
                func="RAISE EXCEPTION 'A published consent is frozen';",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(version=1, supersedes=None, first=None)
                | models.Q(version__gt=1, supersedes__isnull=False, first__isnull=False),
                name="later_version_supersedes_an_earlier_one",
            ),
            models.CheckConstraint(
                condition=models.Q(edition=None) | models.Q(vendor_org=None), name="consent_has_one_target_at_most"
            ),
            models.CheckConstraint(
                condition=models.Q(published=True, published_date__isnull=False)
                | models.Q(published=False, published_date__isnull=True),
                name="consent_has_a_date_once_published",
            ),
            models.CheckConstraint(condition=models.Q(type__in=ConsentType.values), name="consent_type_is_known"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def line_id(self) -> str:
        """The first version, which all versions share."""
        return self.first_id or self.pk


class ConsentProduct(Consent.products.through):  # type: ignore[misc,name-defined]  # made by Django
    """That a consent is asked of those who buy a product."""

    class Meta:
        proxy = True
        triggers: ClassVar = [
            FirmTrigger(
                name="published_consent_keeps_its_products",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF EXISTS (SELECT FROM consents_consent consent WHERE consent.id IN (NEW.consent_id, OLD.consent_id) AND published) THEN
                        RAISE EXCEPTION 'A published consent is frozen';
                    END IF;
                    RETURN NEW;
                """,  # noqa: E501  a migration has it word for word
            ),
            # Without its products it would be asked of everybody. They go before it does when it is deleted, and those
            # of a draft may change before it is published; so what it was is asked at once, and what it is at the end.
            AtCommitTrigger(
                name="published_consent_loses_no_product",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("consents_is_published(OLD.consent_id)"),
                func="""
                    IF EXISTS (SELECT FROM consents_consent WHERE id = OLD.consent_id) THEN
                        RAISE EXCEPTION 'A published consent is frozen';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]


keep_history_of_links(
    ConsentProduct,
    name="products",
    owner=Consent,
    owner_column="consent_id",
    linked_column="product_id",
    place=Place(
        "consent.organization_id",
        "consent.edition_id",
        "LEFT JOIN consents_consent consent ON consent.id = row.consent_id",
    ),
)
