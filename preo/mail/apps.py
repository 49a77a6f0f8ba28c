"""The app configuration of preo.mail."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class MailConfig(AppConfig):
    name = "preo.mail"
    label = "mail"

    def ready(self) -> None:
        """Import every app's `messages`, where those who write its mails are registered."""
        autodiscover_modules("messages")
