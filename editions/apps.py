"""The app configuration of editions."""

from django.apps import AppConfig


class EditionsConfig(AppConfig):
    name = "editions"

    def ready(self) -> None:
        from editions.messages.images import messages_showing
        from preo.files.uses import finder

        finder(messages_showing)
