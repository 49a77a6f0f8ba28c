"""The app of organizations, people and credentials."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "preo.accounts"
    label = "accounts"
