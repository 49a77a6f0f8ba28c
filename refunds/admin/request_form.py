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
from refunds.policy import scopes_for
from refunds.states import CUSTOM_SCOPES, ONLY_DEPOSIT, TRANSACTION_SCOPES, RefundReason, RefundScope


@dataclass(frozen=True, slots=True)
class Offer:
    """A scope, and what it comes to now; for a custom one, the most that it can."""

    scope: RefundScope
    amount: Money

    @property
    def label(self) -> str:
        most = "up to " if self.scope in CUSTOM_SCOPES else ""
        return f"{self.scope.label}: {most}{self.amount.formatted()}"


def offers_for(paid: Purchase | Transaction, reason: RefundReason) -> list[Offer]:
    """What the reason allows of this purchase or payment and is not yet gone, the usual scope first."""
    offers = [Offer(scope, _worth(paid, scope, reason)) for scope in scopes_for(reason) if _suits(paid, scope)]
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


class RefundForm(forms.Form):
    """Everything but the reason, which decides what else there is to choose."""

    scope = forms.ChoiceField(label="What to give back", widget=forms.RadioSelect)
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

    def __init__(
        self, paid: Purchase | Transaction, reason: RefundReason, data: Any = None, *, needs_comment: bool = False
    ) -> None:
        offers = offers_for(paid, reason)
        super().__init__(data, initial={"scope": offers[0].scope if offers else None})
        fields: Any = self.fields
        fields["scope"].choices = [(offer.scope.value, offer.label) for offer in offers]
        fields["comment"].required = needs_comment
        fields["comment"].help_text = "Your organization wants one for this reason." if needs_comment else ""
        fields["pickup_point"].queryset = Location.objects.filter(edition_id=paid.order.edition_id)

    def refuse(self, field: str | None, sentence: str) -> None:
        """Shows a refusal beside its field, or above the form."""
        names = {"pickup_point_id": "pickup_point"}
        name = names.get(field or "", field)
        self.add_error(name if name in self.fields else None, sentence)
