"""Roles on single editions, for the platform's superusers."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey
from django.http import HttpRequest

from editions.models import Edition, EditionMembership
from preo.backoffice.platform_admin import PlatformAdmin


@admin.register(EditionMembership)
class EditionMembershipAdmin(PlatformAdmin[EditionMembership]):
    can_delete = True
    list_display = ("staff_user", "edition", "role")
    list_filter = ("role",)
    list_select_related = ("staff_user", "edition__event")
    search_fields = ("staff_user__email", "edition__name")
    autocomplete_fields = ("staff_user",)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "edition":
            kwargs["queryset"] = Edition.objects.select_related("event").order_by("name", "id")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
