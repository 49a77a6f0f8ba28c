"""What an edition sells, where it is picked up, and who else sells there. Amounts are minor units of its currency."""

from typing import Any, ClassVar

from django.db import models

from editions.models.editions import OF_EDITION, OF_PRODUCT, Edition, within_percent
from preo.accounts.models import Organization
from preo.api.scoping import ScopedQuerySet
from preo.files.models import StoredFile
from preo.history import keep_history, keep_history_of_links
from preo.public_ids import PublicIdField
from preo.rows import Row


class CatalogQuerySet(ScopedQuerySet[Any]):
    """Rows that hang on an edition."""

    organization_field = "edition__organization_id"
    edition_field = "edition_id"


@keep_history(OF_EDITION)
class Category(Row):
    """A heading under which products are shown."""

    id = PublicIdField(prefix="cat")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="categories")
    name = models.CharField(max_length=200)
    order = models.PositiveIntegerField(default=0)

    objects: ClassVar[Any] = CatalogQuerySet.as_manager()

    class Meta:
        ordering = ("order", "id")
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


@keep_history(OF_EDITION)
class Location(Row):
    """A pickup point."""

    id = PublicIdField(prefix="loc")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="locations")
    name = models.CharField(max_length=200)
    is_draft = models.BooleanField("draft", default=True)

    objects: ClassVar[Any] = CatalogQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        verbose_name = "pickup point"

    def __str__(self) -> str:
        return self.name


@keep_history(OF_EDITION)
class VendorParticipation(Row):
    """An organization that sells in an edition under a code of its own."""

    id = PublicIdField(prefix="vnd")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="vendors")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="participations")
    vendor_code = models.CharField(max_length=20)

    objects: ClassVar[Any] = CatalogQuerySet.as_manager()

    class Meta:
        verbose_name = "vendor"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "organization"], name="vendor_takes_part_once"),
            models.UniqueConstraint(fields=["edition", "vendor_code"], name="vendor_code_is_unique_in_edition"),
        ]

    def __str__(self) -> str:
        return self.vendor_code


@keep_history(OF_EDITION)
class Product(Row):
    """Something to buy or rent. Price and deposit include tax; rates are in percent, empty for the edition's own."""

    id = PublicIdField(prefix="prd")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="products")
    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="products")
    vendor = models.ForeignKey(VendorParticipation, models.PROTECT, null=True, blank=True, related_name="products")
    name = models.CharField(max_length=200)
    description = models.JSONField(default=dict, blank=True, help_text="Text by language.")
    is_draft = models.BooleanField("draft", default=True)
    is_rental = models.BooleanField("rental", default=False)
    price_minor = models.BigIntegerField()
    deposit_minor = models.BigIntegerField(default=0)
    price_tax_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    deposit_tax_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    uses = models.PositiveIntegerField(default=1, help_text="How often one bought unit can be used.")
    is_unlimited_use = models.BooleanField("unlimited use", default=False)
    stock = models.PositiveIntegerField(null=True, blank=True, help_text="Empty for no limit.")
    order = models.PositiveIntegerField(default=0)
    external_id = models.CharField(
        max_length=100, null=True, blank=True, help_text="In the system it came from."
    )  # null keeps it out of the unique constraint
    locations = models.ManyToManyField(Location, blank=True, related_name="products")
    images = models.ManyToManyField(StoredFile, through="editions.ProductImage", related_name="products")

    objects: ClassVar[Any] = CatalogQuerySet.as_manager()

    class Meta:
        ordering = ("order", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(price_minor__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(condition=models.Q(deposit_minor__gte=0), name="product_deposit_not_negative"),
            models.CheckConstraint(
                condition=within_percent("price_tax_rate") & within_percent("deposit_tax_rate"),
                name="product_tax_rates_are_percentages",
            ),
            models.UniqueConstraint(fields=["edition", "external_id"], name="external_product_is_known_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def image_keys(self) -> list[str]:
        """Where its images are stored, in the gallery's order. Needs `gallery__file` prefetched in lists."""
        return [place.file.key for place in self.gallery.all()]


class ProductImage(models.Model):
    """The place of an image in a product's gallery."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="gallery")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="galleries")
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("order", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "file"], name="image_is_once_in_a_gallery"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} of {self.product_id}"


class ProductLocation(Product.locations.through):  # type: ignore[misc,name-defined]  # made by Django
    """That a product is handed out at a location."""

    class Meta:
        proxy = True


keep_history_of_links(
    ProductImage, name="images", owner=Product, owner_column="product_id", linked_column="file_id", place=OF_PRODUCT
)
keep_history_of_links(
    ProductLocation,
    name="locations",
    owner=Product,
    owner_column="product_id",
    linked_column="location_id",
    place=OF_PRODUCT,
)


@keep_history(OF_PRODUCT)
class Variant(Row):
    """One form of a product, such as a size; empty amounts are the product's own."""

    id = PublicIdField(prefix="var")
    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    name = models.CharField(max_length=200)
    price_minor = models.BigIntegerField(null=True, blank=True)
    deposit_minor = models.BigIntegerField(null=True, blank=True)
    stock = models.PositiveIntegerField(null=True, blank=True)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("order", "id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(price_minor__isnull=True) | models.Q(price_minor__gte=0),
                name="variant_price_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(deposit_minor__isnull=True) | models.Q(deposit_minor__gte=0),
                name="variant_deposit_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@keep_history(OF_PRODUCT)
class Option(Row):
    """An addition to a product that changes its price or deposit, up or down."""

    id = PublicIdField(prefix="opt")
    product = models.ForeignKey(Product, models.CASCADE, related_name="options")
    name = models.CharField(max_length=200)
    price_mod_minor = models.BigIntegerField(default=0)
    deposit_mod_minor = models.BigIntegerField(default=0)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("order", "id")

    def __str__(self) -> str:
        return self.name
