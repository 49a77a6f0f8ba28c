"""The product's settings, on a local folder and a database of this test session's own."""

from tests import database

database.claim_local_dir()

from preo.settings import *  # noqa: E402, F403  the folder must be claimed first
