"""The rows that an edition's settings refer to: which there are to choose from, and where to add one."""

from typing import Any

from django import forms
from django.db.models import Model, Q
from django.urls import reverse
from django.utils.http import urlencode

from editions.models import Edition, EmailMessage
from preo.api.roles import Role
from preo.backoffice.scoped_admin import reach_of


def offer(form: forms.Form, name: str, *, edition: Edition, user: Any, suitable: Q) -> None:
    """Let a field offer the suitable rows in reach, and the one that is chosen now."""
    field: Any = form.fields[name]
    model = field.queryset.model
    reachable = model.objects.choosable_by(user, role=Role.STAFF).filter(suitable)
    chosen = getattr(edition, f"{name}_id")
    field.queryset = model.objects.filter(Q(pk__in=reachable.values("pk")) | Q(pk=chosen))


def may_add(user: Any, model: type[Model], edition: Edition) -> bool:
    """What belongs to the organization is not for those who work for one edition of it."""
    return model is EmailMessage or edition.organization_id in reach_of(user).organizations_at_least(Role.MANAGER)


def add_url(model: type[Model], edition: Edition) -> str:
    """Where to add a row that the edition can have."""
    owner = {"edition": edition.pk} if model is EmailMessage else {"organization": edition.organization_id}
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
    return f"{address}?{urlencode(owner)}"
