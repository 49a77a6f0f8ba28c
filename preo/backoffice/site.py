"""The admin's site: Django's own, with our name on it and a dashboard that the apps fill."""

from collections.abc import Sequence
from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse

from preo.backoffice.panels import panels_for
from preo.recording import recorded

APP_ORDER = ("refunds", "orders", "accounts", "editions")
MODEL_ORDER = (
    "RefundRequest",
    "RefundBatch",
    "Edition",
    "Product",
    "Category",
    "Location",
    "VendorParticipation",
    "Coupon",
    "EmailMessage",
    "Trigger",
    "PassDesign",
    "Event",
    "FeeRule",
    "MerchantAccount",
    "SenderDomain",
)
DAILY = frozenset({"RefundRequest", "Order", "Customer", "Edition", "Product"})
"""What stands in the header by itself; everything else is below "More"."""


class BackofficeSite(AdminSite):
    site_header = "Preo back office"
    site_title = "Preo back office"
    index_title = "Overview"
    site_url = None
    enable_nav_sidebar = False
    empty_value_display = "\u2013"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**(extra_context or {}), "panels": panels_for(request)})

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        with recorded("change_own_password", by=request.user):
            return super().password_change(request, extra_context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """What is used all day comes first."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: _place(model["object_name"], MODEL_ORDER))
            for model in app["models"]:
                model["is_daily"] = model["object_name"] in DAILY
        return sorted(apps, key=lambda app: _place(app["app_label"], APP_ORDER))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuses NUL, which PostgreSQL can't compare with, before any list or filter asks it to."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "%00" in request.META.get("QUERY_STRING", ""):
                return HttpResponseBadRequest("An address can't contain NUL.")
            return inner(request, *args, **kwargs)  # type: ignore[no-any-return]  # the wrapped view is untyped

        return update_wrapper(guarded, inner)


def _place(name: str, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)
