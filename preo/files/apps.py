"""The app configuration of preo.files."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "preo.files"
    label = "files"
