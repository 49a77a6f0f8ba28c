"""Scopes that a credential can carry."""

from django.db import models


class Scope(models.TextChoices):
    """`resource:read|write`, and the two that stand apart because they move money or much data out."""

    EDITIONS_READ = "editions:read"
    EDITIONS_WRITE = "editions:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    PURCHASES_READ = "purchases:read"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    CONSENTS_READ = "consents:read"
    CONSENTS_WRITE = "consents:write"
    AUDIT_READ = "audit:read"
    REFUNDS_READ = "refunds:read"
    REFUNDS_WRITE = "refunds:write"
    REFUNDS_APPROVE = "refunds:approve"
    EXPORTS_READ = "exports:read"


ALL_SCOPES = frozenset(Scope.values)
