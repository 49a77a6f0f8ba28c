"""The app configuration of preo.customers."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "preo.customers"
    label = "customers"
