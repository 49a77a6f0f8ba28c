"""What must be said about mail before the product starts anywhere but on a machine of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from preo.encryption import key_from

ROOT = Path(__file__).resolve().parents[2]
PRINT = "from preo import settings as s; print(s.EMAIL_BACKEND, s.EMAIL_HOST, s.EMAIL_PORT, s.DEFAULT_FROM_EMAIL)"
ELSEWHERE = {
    "DATABASE_URL": "postgresql:///preo",
    "SECRET_KEY": "x",
    "ENCRYPTION_KEYS": key_from("x"),
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
    "DEFAULT_FROM_EMAIL": "Preo <mail@preo.example>",
}


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    return subprocess.run(
        [sys.executable, "-c", PRINT],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_mail_server_is_named_by_its_address():
    said = start(ELSEWHERE)

    assert said.stdout.split(maxsplit=3) == [
        "django.core.mail.backends.smtp.EmailBackend",
        "mail.example",
        "587",
        "Preo <mail@preo.example>\n",
    ]


@pytest.mark.parametrize("missing", ["EMAIL_URL", "DEFAULT_FROM_EMAIL"])
def test_without_it_nothing_starts(missing):
    refused = start({name: value for name, value in ELSEWHERE.items() if name != missing})

    assert refused.returncode != 0
    assert f"ImproperlyConfigured: Set the {missing} environment variable" in refused.stderr
