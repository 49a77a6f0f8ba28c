"""A product together with its variants, options and images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from editions.events import tell_of
from editions.models import Option, Product, ProductImage, Variant
from editions.operations.catalog.constraints import explained
from editions.operations.catalog.rows import (
    NoLongerThere,
    StillInUse,
    add_row,
    apply,
    hold,
    save_changed,
    uses_of,
)
from editions.operations.catalog.soundness import require_sound
from preo.accounts.models import StaffUser
from preo.errors import InvalidField
from preo.files.models import StoredFile
from preo.recording import operation

Part = Variant | Option


@dataclass(frozen=True, slots=True)
class Parts:
    """What becomes of the variants, or of the options, of a product; parts that are not named stay as they are."""

    added: Sequence[Part] = ()
    changed: Sequence[tuple[Part, Mapping[str, Any]]] = ()
    removed: Sequence[Part] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


NO_PARTS = Parts()


@operation
def save_product(
    product: Product,
    *,
    changes: Mapping[str, Any],
    variants: Parts = NO_PARTS,
    options: Parts = NO_PARTS,
    images: Sequence[StoredFile] | None = None,
    by: StaffUser,
    now: datetime,
) -> Product:
    """Add the product or set the changed fields, and in the same transaction its variants, options and images.

    `images` is the whole gallery in order, or None to leave it. What was sold stays as it was. Raises InvalidField,
    StillInUse for a part that was sold, EditionArchived, NoLongerThere.
    Rule: "The catalog", "What is sold has a price" in docs/rules.md.
    """
    is_new = product._state.adding
    product, changed = _saved(product, changes, by=by, now=now)
    for name, parts in (("variants", variants), ("options", options)):
        _save_parts(product, parts, now=now)
        changed += [name] if parts else []
    changed += ["images"] if images is not None and _hang(product, images) else []
    _require_prices(product)
    if changed and not is_new:
        product.modified = now
        product.save(update_fields=["modified"])
        tell_of(product, "updated", changed=changed, now=now)
    return product


def _saved(product: Product, changes: Mapping[str, Any], *, by: StaffUser, now: datetime) -> tuple[Product, list[str]]:
    """The held row, and what of it changed; of a new one nothing, as it is told of when it is added."""
    if product._state.adding:
        linked = {name: changes[name] for name in ("locations",) if name in changes}
        return add_row(product, linked=linked, by=by, now=now), []
    product = hold(product)
    changed = apply(product, changes)
    if changed:
        save_changed(product, changed, changes=changes, now=now)
    return product, changed


def _save_parts(product: Product, parts: Parts, *, now: datetime) -> None:
    for part in parts.removed:
        fresh = _held(product, part)
        if uses := list(uses_of(fresh)):
            raise StillInUse(f"{fresh} can't be deleted: {', '.join(uses)} refer to it.")
        fresh.delete()
    for part, changes in parts.changed:
        fresh = _held(product, part)
        if changed := apply(fresh, changes):
            save_changed(fresh, changed, changes=changes, now=now)
    for part in parts.added:
        part.product = product
        part.created = part.modified = now
        require_sound(part, linked={})
        part.save(force_insert=True)


def _held(product: Product, part: Part) -> Part:
    """The part as it is now; one of another product is as missing as none."""
    rows: Any = type(part)._default_manager
    fresh: Part | None = rows.select_for_update().filter(pk=part.pk, product=product).first()
    if fresh is None:
        raise NoLongerThere(f"{part} was deleted meanwhile.")
    return fresh


def _hang(product: Product, images: Sequence[StoredFile]) -> bool:
    """Make this the gallery; whether it was another one."""
    if any(image.organization_id != product.edition.organization_id for image in images):
        raise InvalidField("images", "not_found", "Choose among the images of your organization.")
    wanted = [image.pk for image in images]
    if wanted == list(product.gallery.values_list("file_id", flat=True)):
        return False
    product.gallery.all().delete()
    places = [ProductImage(product=product, file=image, order=place) for place, image in enumerate(images)]
    with explained():
        ProductImage.objects.bulk_create(places)
    return True


def _require_prices(product: Product) -> None:
    """Raises InvalidField when an option would make something that can be bought cost less than nothing."""
    variants, options = list(product.variants.all()), list(product.options.all())
    for kind in ("price", "deposit"):
        own = getattr(product, f"{kind}_minor")
        given = [getattr(variant, f"{kind}_minor") for variant in variants]
        lowest = min([own if amount is None else amount for amount in given] or [own])
        for option in options:
            if lowest + getattr(option, f"{kind}_mod_minor") < 0:
                detail = f"The option {option} would make the {kind} negative."
                raise InvalidField(f"options.{kind}_mod_minor", "below_zero", detail)
