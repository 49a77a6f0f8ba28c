"""Events, coupons and fee rules for staff."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from editions.admin.rows import EditionRowAdmin, OrganizationRowAdmin
from editions.models import Coupon, Event, FeeRule
from preo.backoffice.editable_form import EditableForm
from preo.backoffice.forms import MoneyField, RateField
from preo.backoffice.moments import DayAndTimeField
from preo.backoffice.template_tags import money
from preo.money import to_number


@admin.register(Event)
class EventAdmin(OrganizationRowAdmin[Event]):
    list_display = ("name", "editions", "organizer")
    search_fields = ("name",)
    search_help_text = "Part of a name."
    fieldsets = ((None, {"fields": ("name",)}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).annotate(edition_count=Count("editions"))

    @display(description="Editions", ordering="edition_count")
    def editions(self, event: Any) -> int:
        return int(event.edition_count)


MOMENTS = ("valid_from", "valid_until")


class CouponForm(EditableForm):
    amount_off_minor = MoneyField(label="Amount off", required=False)
    rate_off = RateField(label="Rate off", required=False, help_text="In percent. Give an amount or a rate.")
    valid_from = DayAndTimeField()
    valid_until = DayAndTimeField()

    def prepare(self) -> None:
        self.fields["amount_off_minor"].help_text = f"In {self.owner.currency.upper()}."
        fields: Any = self.fields
        for name in MOMENTS:
            fields[name].place(ZoneInfo(self.owner.timezone))
            fields[name].help_text = f"In {self.owner.timezone}; 00:00 where no time is given. Empty for no limit."
        self.fields["max_uses"].help_text = "Empty for no limit."


@admin.register(Coupon)
class CouponAdmin(EditionRowAdmin[Coupon]):
    form = CouponForm
    list_display = ("code", "off", "starts", "ends", "max_uses", "edition")
    search_fields = ("code",)
    search_help_text = "Part of a code."
    fieldsets = (
        (None, {"fields": ("code", "amount_off_minor", "rate_off")}),
        ("When and how often", {"fields": ("valid_from", "valid_until", "max_uses")}),
    )

    def told(self, row: Coupon, name: str) -> tuple[str, Any]:
        title, value = super().told(row, name)
        return (title, _on_clocks(row, getattr(row, name))) if name in MOMENTS else (title, value)

    @display(description="Valid from", ordering="valid_from")
    def starts(self, coupon: Coupon) -> str:
        return _on_clocks(coupon, coupon.valid_from)

    @display(description="Valid until", ordering="valid_until")
    def ends(self, coupon: Coupon) -> str:
        return _on_clocks(coupon, coupon.valid_until)

    @display(description="Takes off")
    def off(self, coupon: Coupon) -> str:
        if coupon.rate_off is not None:
            return f"{coupon.rate_off.normalize():f} %"
        return money(coupon.amount_off_minor, coupon.edition.currency)


class FeeRuleForm(EditableForm):
    handling_fee_fixed_minor = MoneyField(label="Fixed", help_text="For each unit, in the currency of the edition.")
    handling_fee_rate = RateField(label="Rate", help_text="In percent of the unit's price.")
    service_fee_fixed_minor = MoneyField(label="Fixed", help_text="For each transaction.")
    service_fee_rate = RateField(label="Rate", help_text="In percent of the transaction.")


@admin.register(FeeRule)
class FeeRuleAdmin(OrganizationRowAdmin[FeeRule]):
    form = FeeRuleForm
    list_display = ("name", "handling", "service", "organizer")
    search_fields = ("name",)
    search_help_text = "Part of a name."
    fieldsets = (
        (None, {"fields": ("name",)}),
        ("Handling fee", {"fields": ("handling_fee_fixed_minor", "handling_fee_rate")}),
        ("Service fee", {"fields": ("service_fee_fixed_minor", "service_fee_rate")}),
    )

    @display(description="Handling fee a unit")
    def handling(self, rule: FeeRule) -> str:
        return _fee(rule.handling_fee_fixed_minor, rule.handling_fee_rate)

    @display(description="Service fee a transaction")
    def service(self, rule: FeeRule) -> str:
        return _fee(rule.service_fee_fixed_minor, rule.service_fee_rate)


def _on_clocks(coupon: Coupon, moment: datetime | None) -> str:
    """As clocks show it where the edition takes place."""
    return f"{moment.astimezone(ZoneInfo(coupon.edition.timezone)):%-d %b %Y, %H:%M}" if moment else ""


def _fee(fixed_minor: int, rate: Any) -> str:
    return f"{to_number(fixed_minor)} + {rate.normalize():f} %"
