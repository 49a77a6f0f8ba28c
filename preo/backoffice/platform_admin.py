"""Admin pages of the platform itself: organizations, people and who works where, for superusers alone."""

from typing import Any, TypeVar

from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from preo.backoffice.histories import HistoryAdmin
from preo.recording import recorded
from preo.rows import Row

R = TypeVar("R", bound=Row)


class PlatformAdmin(HistoryAdmin[R]):
    """Open to superusers and nobody else, whatever Django's permission tables say."""

    can_add = True
    can_change = True
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[R]:
        """Nothing for anybody else: a page that looks first and asks later would tell whether a row is there."""
        rows = super().get_queryset(request)
        return rows if self.has_view_permission(request) else rows.none()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: R | None = None) -> bool:
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.can_add and _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: R | None = None) -> bool:
        return self.can_change and _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: R | None = None) -> bool:
        return self.can_delete and _is_superuser(request)

    def save_model(self, request: HttpRequest, obj: R, form: ModelForm[R], change: bool) -> None:
        obj.modified = timezone.now()
        super().save_model(request, obj, form, change)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with recorded("edit_in_admin", by=request.user):
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with recorded("delete_in_admin", by=request.user):
            return super().delete_view(request, *args, **kwargs)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))
