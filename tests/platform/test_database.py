"""The tests' own database: each session has one that no other session sees."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from preo.accounts.models import Organization
from tests.local_dir import TESTS_DIR

ROOT = Path(__file__).resolve().parents[2]
CLAIM = "from tests import local_dir; local_dir.claim(); import os; print(os.environ['PREO_LOCAL_DIR'])"


@pytest.mark.skipif(not settings.IS_EMBEDDED, reason="DATABASE_URL names the database of every session")
def test_claim_gives_another_session_another_folder():
    environment = {name: value for name, value in os.environ.items() if name != "PREO_LOCAL_DIR"}

    claimed = subprocess.run(
        [sys.executable, "-c", CLAIM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert Path(claimed.stdout.strip()).parent == TESTS_DIR
    assert Path(claimed.stdout.strip()) != settings.LOCAL_DIR


def test_database_url_leads_another_connection_to_the_same_rows(database_url):
    Organization.objects.create(slug="ours", name="Ours")

    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT slug FROM accounts_organization").fetchall()

    assert found == [("ours",)]


def test_child_environment_leads_a_process_to_the_same_rows(child_environment):
    Organization.objects.create(slug="ours", name="Ours")
    code = (
        "from preo.accounts.models import Organization as O; print('found', *O.objects.values_list('slug', flat=True))"
    )

    shell = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", code],
        cwd=ROOT,
        env=child_environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "found ours" in shell.stdout
