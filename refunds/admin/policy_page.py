"""The refund policy of an organization: its people read it, its admins set it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from django.http import HttpRequest
from django.utils import timezone

from preo.api.roles import Role
from preo.audit.trail import Change, Entry, trail_of
from preo.backoffice.editable_admin import EditableAdmin
from preo.backoffice.editable_form import EditableForm
from preo.backoffice.forms import MoneyField
from preo.backoffice.scoped_admin import holds_anywhere
from preo.backoffice.words import title_of
from preo.money import to_number
from refunds.limits import CEILING_COLUMNS, ceiling_of
from refunds.models import RefundPolicy
from refunds.models.policy import CEILINGS, POLICY
from refunds.operations import change_refund_policy
from refunds.states import RefundReason

REASONS = "refund_reasons_with_comment"
ALONE = "refund_self_approved_up_to_minor"
ROLES = {column: role for role, column in CEILING_COLUMNS.items()}
NO_LIMIT = "No limit"
NEVER = "Never"
ABOUT_AMOUNTS = "Amounts are in the currency of whatever is refunded."


class PolicyForm(EditableForm):
    refund_self_approved_up_to_minor = MoneyField(
        label="Needs no approval up to",
        required=False,
        help_text="Nobody has to approve these, whoever asks. Empty: somebody approves every refund.",
    )
    refund_second_approver_above_minor = MoneyField(
        label="Second person above", help_text="Above this whoever asked can't be the one who approves."
    )
    refund_staff_ceiling_minor = MoneyField(label="Staff", required=False, help_text="Empty: as for managers.")
    refund_manager_ceiling_minor = MoneyField(label="Managers", required=False, help_text="Empty: as for admins.")
    refund_admin_ceiling_minor = MoneyField(label="Admins", required=False, help_text="Empty: no limit.")
    refund_daily_limit_minor = MoneyField(
        label="Each person in a day",
        required=False,
        help_text="What one person can ask for, whatever becomes of it; a day ends at midnight on the edition's "
        "clocks, and each currency counts by itself. Empty: no limit.",
    )
    refund_reasons_with_comment = forms.MultipleChoiceField(
        label="Reasons that need a comment",
        required=False,
        choices=RefundReason.choices,
        widget=forms.CheckboxSelectMultiple,
    )


@admin.register(RefundPolicy)
class RefundPolicyAdmin(EditableAdmin[RefundPolicy]):
    """One page for each organization; there is nothing to add or remove."""

    form = PolicyForm
    owner_field = "organization"
    edit_role = Role.ADMIN
    can_add = False
    can_remove = False
    change_form_template = "admin/refunds/refundpolicy/edit.html"
    list_display = ("name", "alone", "second", "at_once", "in_a_day")
    search_fields = ("name",)
    search_help_text = "Part of a name."
    fieldsets = (
        ("Approval", {"fields": ("refund_self_approved_up_to_minor", "refund_second_approver_above_minor")}),
        ("The most at once, to ask for or approve", {"fields": CEILINGS}),
        ("The most in a day", {"fields": ("refund_daily_limit_minor",)}),
        ("Comments", {"fields": (REASONS,)}),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Who works on a single edition asks under these limits as well, and may read them."""
        return holds_anywhere(request.user, self.role)

    def has_view_permission(self, request: HttpRequest, obj: RefundPolicy | None = None) -> bool:
        return holds_anywhere(request.user, self.role)

    def why_not_edit(self, request: HttpRequest, row: RefundPolicy) -> str | None:
        why_not = super().why_not_edit(request, row)
        return f"Admins of the organization can change this. {ABOUT_AMOUNTS}" if why_not else None

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> Any:
        return super().render_change_form(request, context | {"about_amounts": ABOUT_AMOUNTS}, *args, **options)

    def name_of(self, row: RefundPolicy) -> str:
        return f"Refund policy of {row}"

    def write(self, request: HttpRequest, row: RefundPolicy, changes: Mapping[str, Any]) -> None:
        user: Any = request.user
        change_refund_policy(row, changes=changes, by=user, now=timezone.now())

    def history(self, request: HttpRequest, row: RefundPolicy) -> Mapping[str, Any]:
        """The policy's part of the organization's."""
        entries = [_of_policy(entry) for entry in trail_of([row], currency="", call=lambda _: "Policy")]
        return {"trail": [entry for entry in entries if entry.changes]}

    def told(self, row: RefundPolicy, name: str) -> tuple[str, Any]:
        return str(PolicyForm.base_fields[name].label), _in_words(row, name)

    @display(description="Needs no approval up to", ordering="refund_self_approved_up_to_minor")
    def alone(self, row: RefundPolicy) -> str:
        return _in_words(row, ALONE)

    @display(description="Second person above", ordering="refund_second_approver_above_minor")
    def second(self, row: RefundPolicy) -> str:
        return _in_words(row, "refund_second_approver_above_minor")

    @display(description="At once: staff, managers, admins")
    def at_once(self, row: RefundPolicy) -> str:
        return " / ".join(_in_words(row, name) for name in CEILINGS)

    @display(description="In a day", ordering="refund_daily_limit_minor")
    def in_a_day(self, row: RefundPolicy) -> str:
        return _in_words(row, "refund_daily_limit_minor")


def _of_policy(entry: Entry) -> Entry:
    """Without what else was changed in the organization; reasons by their names."""
    columns = {title_of(RefundPolicy._meta.get_field(name)): name for name in POLICY}
    changes = [change for change in entry.changes if change.name in columns]
    return replace(entry, changes=[_named(change) if columns[change.name] == REASONS else change for change in changes])


def _named(change: Change) -> Change:
    return replace(change, before=_reasons(change.before), after=_reasons(change.after))


def _reasons(codes: str) -> str:
    return ", ".join(RefundReason(code).label for code in codes.split(", ") if code)


def _in_words(row: RefundPolicy, name: str) -> str:
    """What holds by this column. Amounts are in no currency: it is that of whatever is refunded."""
    if name == REASONS:
        return ", ".join(RefundReason(reason).label for reason in row.refund_reasons_with_comment) or "None"
    minor = ceiling_of(row, ROLES[name]) if name in ROLES else getattr(row, name)
    if minor is None:
        return NEVER if name == ALONE else NO_LIMIT
    return f"{to_number(minor):,}"
