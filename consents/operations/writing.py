"""Creating consents and changing them: drafts freely, published ones hardly."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max

from consents.models import Consent
from consents.operations.holding import ConsentPublished, hold_consent, hold_editions
from consents.operations.publishing import make_public
from consents.operations.soundness import FREE, SETTINGS, require_sound
from editions.events import tell_of
from editions.models import Product
from preo.accounts.models import Organization, StaffUser
from preo.errors import InvalidField
from preo.recording import operation


@operation
def create_consent(
    organization: Organization,
    *,
    values: Mapping[str, Any],
    publish: bool = False,
    by: StaffUser | None,
    now: datetime,
) -> Consent:
    """A draft that nobody is asked yet, or with `publish` one that customers are asked at once.

    `values` are by the names of the model's fields, `products` among them; without an `order` it comes last. That `by`
    is a manager is the caller's check. Raises InvalidField, EditionArchived; ConsentUnreadable, as publish_consent.
    Rule: "Consents" in docs/rules.md.
    """
    consent = Consent(organization=organization, order=_last_place(organization), created=now, modified=now)
    products = _set(consent, values, before=())
    hold_editions(consent, products)
    require_sound(consent, products)
    consent.save(force_insert=True)
    consent.products.set(products)
    tell_of(consent, "created", now=now)
    if publish:
        make_public(consent, products, now=now)
    return consent


@operation
def change_consent(
    consent: Consent,
    *,
    changes: Mapping[str, Any],
    publish: bool | None = None,
    by: StaffUser | None,
    now: datetime,
) -> Consent:
    """Set these fields on the consent as it is now, and with `publish` publish it as it is then.

    Of a published one only `enabled` and `order` may change; values that are there already are no change. Raises
    ConsentPublished, also for `publish=False` of a published one; InvalidField, EditionArchived, ConsentGone;
    ConsentUnreadable, as publish_consent does. Rule: "Consents" in docs/rules.md.
    """
    consent, before = hold_consent(consent)
    old = {name: getattr(consent, name) for name in changes if name != "products"}
    products = _set(consent, changes, before=before)
    changed = [name for name, value in old.items() if getattr(consent, name) != value]
    changed += ["products"] if set(products) != set(before) else []
    _require_free(consent, changed, publish=publish)
    if changed:
        hold_editions(consent, products)
        require_sound(consent, products)
        _save(consent, changed, products, now=now)
    if publish and not consent.published:
        require_sound(consent, products)
        make_public(consent, products, now=now)
    return consent


def _last_place(organization: Organization) -> int:
    highest: int | None = Consent.objects.filter(organization=organization).aggregate(highest=Max("order"))["highest"]
    return 0 if highest is None else highest + 1


def _require_free(consent: Consent, changed: Sequence[str], *, publish: bool | None) -> None:
    """Raises ConsentPublished."""
    if not consent.published or (FREE.issuperset(changed) and publish is not False):
        return
    later = Consent.objects.filter(supersedes=consent).first()
    instead = (
        f"Version {later.version} follows it: {later.pk}."
        if later
        else f"Make a new version that takes its place: POST /v1/consents/{consent.pk}/versions."
    )
    raise ConsentPublished(f"This is published and stays as it is; only enabled and order may change. {instead}")


def _save(consent: Consent, changed: Sequence[str], products: Sequence[Product], *, now: datetime) -> None:
    consent.modified = now
    consent.save(update_fields=[*(name for name in changed if name != "products"), "modified"])
    if "products" in changed:
        consent.products.set(products)
    tell_of(consent, "updated", changed=changed, now=now)


def _set(consent: Consent, values: Mapping[str, Any], *, before: Sequence[Product]) -> Sequence[Product]:
    """Set what was given; the products, which are saved apart."""
    for name, value in values.items():
        if name not in SETTINGS:
            raise InvalidField(name, "frozen", "This can't be set.")
        if name != "products":
            setattr(consent, name, value)
    return list(values.get("products", before))
