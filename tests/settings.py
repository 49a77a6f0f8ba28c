"""The product's settings, on a local folder and a database of this test session's own."""

from tests import local_dir

local_dir.claim()

from preo.settings import *  # noqa: E402, F403  the folder must be claimed first

# A hash that is cheap to make: the cast signs in thousands of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

DATABASES["default"]["ENGINE"] = "tests.postgresql"  # noqa: F405  of the product's settings

# Nothing was collected, so pages link static files by their plain names.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405

# The static files' middleware warns in every test about a folder that is not there.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405  of the product's settings
