"""The form that asks for a mass refund: why, which part goes back, and of which purchases."""

from collections.abc import Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms

from editions.models import Edition
from orders.states import OrderStatus, OrderType
from preo.backoffice.moments import DayAndTimeField
from refunds.batch_policy import scopes_for_batch
from refunds.operations.batches import Selection
from refunds.states import RefundReason, RefundScope

FIELDS = {
    "reason": "what",
    "scope": "what",
    "selection.product_ids": "products",
    "selection.location_ids": "locations",
    "selection.vendor_codes": "vendors",
    "selection.order_status": "order_status",
    "selection.order_type": "order_type",
    "selection.created_after": "created_after",
    "selection.created_before": "created_before",
}
"""Where a refusal about a member is shown; what is not here has a field of its own name."""

MEMBERS = {
    "products": "product_ids",
    "locations": "location_ids",
    "vendors": "vendor_codes",
    "order_status": "order_status",
    "order_type": "order_type",
    "created_after": "created_after",
    "created_before": "created_before",
}
ANY = ("", "Any")


class PickField(forms.MultipleChoiceField):
    """Any of the rows that the edition has, with a box to check for each; none is all."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)


class PlanForm(forms.Form):
    """Reason and scope are one choice, because each reason has scopes of its own."""

    what = forms.ChoiceField(label="Reason, and what goes back", error_messages={"required": "Choose a reason."})
    comment = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever approves reads this, and it stands on every refund.",
    )
    products = PickField()
    locations = PickField(label="Pickup points")
    vendors = PickField()
    order_status = forms.ChoiceField(label="Status of the order", required=False, choices=[ANY, *OrderStatus.choices])
    order_type = forms.ChoiceField(label="Type of the order", required=False, choices=[ANY, *OrderType.choices])
    created_after = DayAndTimeField(label="Ordered from")
    created_before = DayAndTimeField(label="Ordered before")
    concurrency = forms.IntegerField(
        label="Calls to payment providers at once",
        min_value=1,
        max_value=16,
        help_text="From 1 to 16. More is faster, and more of the provider's rate limit.",
    )

    def __init__(self, edition: Edition, data: Any = None) -> None:
        super().__init__(data, initial={"concurrency": 4})
        fields: Any = self.fields
        fields["what"].choices = [("", "Choose a reason"), *_offers()]
        for name, choices in _choices(edition).items():
            fields[name].choices = choices
        if reasons := edition.organization.refund_reasons_with_comment:
            needed = ", ".join(RefundReason(reason).label.lower() for reason in reasons)
            fields["comment"].help_text += f" Needed for: {needed}."
        for name in ("created_after", "created_before"):
            fields[name].place(ZoneInfo(edition.timezone))
            fields[
                name
            ].help_text = f"On the clocks of {edition.timezone}. Without a time it is the beginning of the day."

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or self.cleaned_data
        first, end = asked.get("created_after"), asked.get("created_before")
        if first and end and first >= end:
            self.add_error("created_before", "This must be later than the beginning.")
        return asked

    @property
    def asked(self) -> dict[str, Any]:
        """What the operation takes. Needs a valid form."""
        reason, _, scope = self.cleaned_data["what"].partition(":")
        selection = {member: value for name, member in MEMBERS.items() if (value := self.cleaned_data[name])}
        return {
            "reason": RefundReason(reason),
            "scope": RefundScope(scope),
            "selection": cast(Selection, selection),
            "comment": self.cleaned_data["comment"],
            "concurrency": self.cleaned_data["concurrency"],
        }

    def refuse(self, field: str | None, sentence: str) -> None:
        """Shows a refusal beside its field, or above the form."""
        name = FIELDS.get(field or "", field)
        self.add_error(name if name in self.fields else None, sentence)

    @property
    def picks(self) -> list[forms.BoundField]:
        """The lists to choose from that hold anything."""
        fields: Any = self.fields
        return [self[name] for name in ("products", "locations", "vendors") if fields[name].choices]


def _offers() -> list[tuple[str, list[tuple[str, str]]]]:
    """By reason, the scopes that need no amount."""
    return [
        (reason.label, [(f"{reason.value}:{scope.value}", f"{reason.label}: {scope.label}") for scope in scopes])
        for reason in RefundReason
        if (scopes := scopes_for_batch(reason))
    ]


def _choices(edition: Edition) -> Mapping[str, list[tuple[str, str]]]:
    """Of the edition's catalog; three queries."""
    vendors = edition.vendors.select_related("organization").order_by("vendor_code")
    return {
        "products": list(edition.products.order_by("name", "id").values_list("pk", "name")),
        "locations": list(edition.locations.order_by("name", "id").values_list("pk", "name")),
        "vendors": [(one.vendor_code, f"{one.organization.name} ({one.vendor_code})") for one in vendors],
    }
