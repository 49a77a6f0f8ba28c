"""The admin's site: Django's own, with our name on it."""

from django.contrib.admin import AdminSite


class BackofficeSite(AdminSite):
    site_header = "Preo back office"
    site_title = "Preo back office"
    index_title = "Overview"
