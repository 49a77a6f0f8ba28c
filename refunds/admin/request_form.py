"""The form that asks for a refund: which part, how much, where the thing came back."""

from dataclasses import dataclass
from typing import Any

from django import forms

from editions.models import Location
from orders.models import Purchase, Transaction
from preo.backoffice.forms import MoneyField
from preo.money import Money
from refunds import amounts
from refunds.amounts import Parts
from refunds.limits import Limits
from refunds.policy import scopes_for
from refunds.states import CUSTOM_SCOPES, ONLY_DEPOSIT, TRANSACTION_SCOPES, RefundReason, RefundScope


@dataclass(frozen=True, slots=True)
class Offer:
    """A scope, and what it comes to now; for a custom one, the most that it can. `most` is what may be asked for."""

    scope: RefundScope
    amount: Money
    most: Money | None = None

    @property
    def is_above(self) -> bool:
        """Whether it is more than may be asked for; of a custom one, less can be."""
        return self.scope not in CUSTOM_SCOPES and self._is_too_much

    @property
    def label(self) -> str:
        most = self.most.formatted() if self.most and self._is_too_much else None
        if self.scope in CUSTOM_SCOPES:
            return f"{self.scope.label}: up to {most or self.amount.formatted()}"
        why_not = f" (you can give back at most {most} now)" if most else ""
        return f"{self.scope.label}: {self.amount.formatted()}{why_not}"

    @property
    def _is_too_much(self) -> bool:
        return self.most is not None and self.most < self.amount


def offers_for(paid: Purchase | Transaction, reason: RefundReason, *, most: Money | None) -> list[Offer]:
    """What the reason allows of this purchase or payment and is not yet gone, the usual scope first."""
    offers = [Offer(scope, _worth(paid, scope, reason), most) for scope in scopes_for(reason) if _suits(paid, scope)]
    return [offer for offer in offers if offer.amount]


def reasons_for(paid: Purchase | Transaction) -> list[RefundReason]:
    """The reasons with a scope that suits: some are about a single purchase only."""
    return [reason for reason in RefundReason if any(_suits(paid, scope) for scope in scopes_for(reason))]


def transaction_of(paid: Purchase | Transaction) -> Transaction:
    """The payment itself, or the one that paid for the purchase."""
    transaction = paid.transaction if isinstance(paid, Purchase) else paid
    if transaction is None:
        raise LookupError("this purchase was never paid")
    return transaction


def _suits(paid: Purchase | Transaction, scope: RefundScope) -> bool:
    return isinstance(paid, Purchase) or scope in TRANSACTION_SCOPES


def _worth(paid: Purchase | Transaction, scope: RefundScope, reason: RefundReason) -> Money:
    transaction = transaction_of(paid)
    if scope in TRANSACTION_SCOPES or not isinstance(paid, Purchase):
        return Money(transaction.available_refund_minor, transaction.currency)
    left = Parts(paid.pk, *(paid.left_minor(part) for part in ("price", "deposit", "handling_fee")))
    if scope not in CUSTOM_SCOPES:
        return Money(amounts.total_of(amounts.whole(scope, [left])), transaction.currency)
    within = amounts.only_deposit([left]) if reason in ONLY_DEPOSIT else [left]
    return Money(amounts.total_of(within), transaction.currency)


class OfferSelect(forms.RadioSelect):
    """Offers, of which those above what may be asked for are there to be read only."""

    above: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value in self.above:
            option["attrs"]["disabled"] = True
        return option


class RefundForm(forms.Form):
    """Everything but the reason, which decides what else there is to choose."""

    scope = forms.ChoiceField(label="What to give back", widget=OfferSelect)
    amount = MoneyField(label="Amount", required=False, help_text="For a custom amount only, such as 12.50.")
    comment = forms.CharField(
        label="Comment", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    pickup_point = forms.ModelChoiceField(
        label="Pickup point",
        required=False,
        queryset=Location.objects.none(),
        help_text="Where it came back, if it did.",
    )

    def __init__(self, paid: Purchase | Transaction, reason: RefundReason, data: Any = None, *, limits: Limits) -> None:
        offers = offers_for(paid, reason, most=limits.most)
        first = next((offer.scope for offer in offers if not offer.is_above), None)
        super().__init__(data, initial={"scope": first})
        fields: Any = self.fields
        fields["scope"].choices = [(offer.scope.value, offer.label) for offer in offers]
        fields["scope"].widget.above = frozenset(offer.scope.value for offer in offers if offer.is_above)
        needs_comment = reason in limits.reasons_with_comment
        fields["comment"].required = needs_comment
        fields["comment"].help_text = "Your organization wants one for this reason." if needs_comment else ""
        fields["pickup_point"].queryset = Location.objects.filter(edition_id=paid.order.edition_id)

    def refuse(self, field: str | None, sentence: str) -> None:
        """Shows a refusal beside its field, or above the form; of an amount that nobody typed, beside its scope."""
        names = {"pickup_point_id": "pickup_point"}
        if self.cleaned_data.get("amount") is None and self.cleaned_data.get("scope") not in CUSTOM_SCOPES:
            names["amount"] = "scope"
        name = names.get(field or "", field)
        self.add_error(name if name in self.fields else None, sentence)
