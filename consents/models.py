"""What customers are asked to agree to."""

from typing import ClassVar, Self

from django.db import models

from consents.choices import ConsentType
from editions.models import Edition, Product
from preo.accounts.models import Organization
from preo.api.scoping import ScopedQuerySet
from preo.history import keep_history
from preo.public_ids import PublicIdField
from preo.rows import Row


class ConsentQuerySet(ScopedQuerySet["Consent"]):
    edition_field = "edition_id"

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


@keep_history(of_inserts=True)
class Consent(Row):
    """One version of a text or document to agree to; `consent_text` and `document_url` are by language.

    Published ones are frozen; a later version names in `supersedes` what it takes the place of.
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

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ("order", "id")
        constraints: ClassVar = [
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
