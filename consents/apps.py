"""The app configuration of consents."""

from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    name = "consents"

    def ready(self) -> None:
        from consents.duplicating import KINDS
        from editions.operations.duplicate import register

        register(*KINDS)
