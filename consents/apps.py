"""The app configuration of consents."""

from django.apps import AppConfig


class ConsentsConfig(AppConfig):
    name = "consents"

    def ready(self) -> None:
        from consents.checks import consents_in_force
        from consents.duplicating import KINDS
        from editions.models.setup import load_with_setup
        from editions.operations.duplicate import register

        register(*KINDS)
        load_with_setup(consents_in_force)
