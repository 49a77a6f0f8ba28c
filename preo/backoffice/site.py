"""The admin's site: Django's own, with our name on it and a dashboard that the apps fill."""

from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse

from preo.backoffice.panels import panels_for

APP_ORDER = ("refunds", "orders", "accounts", "editions")


class BackofficeSite(AdminSite):
    site_header = "Preo back office"
    site_title = "Preo back office"
    index_title = "Overview"
    site_url = None
    enable_nav_sidebar = False
    empty_value_display = "\u2013"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {**(extra_context or {}), "panels": panels_for(request)})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """What is used all day comes first."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: _place(app["app_label"]))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuses NUL, which PostgreSQL can't compare with, before any list or filter asks it to."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "%00" in request.META.get("QUERY_STRING", ""):
                return HttpResponseBadRequest("An address can't contain NUL.")
            return inner(request, *args, **kwargs)  # type: ignore[no-any-return]  # the wrapped view is untyped

        return update_wrapper(guarded, inner)


def _place(label: str) -> int:
    return APP_ORDER.index(label) if label in APP_ORDER else len(APP_ORDER)
