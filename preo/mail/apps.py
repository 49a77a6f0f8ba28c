"""The app configuration of preo.mail."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "preo.mail"
    label = "mail"
