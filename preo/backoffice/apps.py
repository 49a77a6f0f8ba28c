"""The admin's site and shared machinery, as an app."""

from django.contrib.admin.apps import AdminConfig


class BackofficeConfig(AdminConfig):
    default = True
    default_site = "preo.backoffice.site.BackofficeSite"
