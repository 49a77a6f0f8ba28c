"""The commands about answers: proving them, and handing a customer their own."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from consents.models import Consent
from preo.accounts.models import Organization, OrganizationCustomer
from tests.consents.asking import TEXT, answer, make_asked, make_known, make_next


def run(name: str, *arguments: object) -> str:
    out = StringIO()
    call_command(name, *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def asked(ours: Organization) -> Consent:
    return make_asked(ours)


@pytest.fixture
def known(ours: Organization) -> OrganizationCustomer:
    return make_known(ours)


def tamper(statement: str) -> None:
    """As nobody but who owns the database can."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_verify_consents_says_ok(known: OrganizationCustomer, asked: Consent) -> None:
    assert run("verify_consents") == "OK: 0 answers are to the words that they name.\n"

    for language in ("en", "da"):
        answer(known, asked, language=language)
    answer(known, make_next(asked))

    assert run("verify_consents") == "OK: 3 answers are to the words that they name.\n"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ('UPDATE consents_consent SET consent_text = \'{"en": "All of it."}\'', "the SHA-256 is not of this text"),
        ("UPDATE consents_consentanswer SET text_sha256 = repeat('0', 64)", "the SHA-256 is not of this text"),
        ("UPDATE consents_consentanswer SET version = 7", "the version is another"),
        ("UPDATE consents_consent SET published = false, published_date = NULL", "it is not published"),
    ],
)
def test_verify_consents_names_what_does_not_match(
    known: OrganizationCustomer, asked: Consent, capsys: pytest.CaptureFixture[str], statement: str, said: str
) -> None:
    for _ in range(2):
        answer(known, asked)
    tamper(statement)

    with pytest.raises(CommandError, match="2 of 2 answers don't match"):
        call_command("verify_consents")

    assert capsys.readouterr().out == f"{asked.pk}, en: {said} of 2 answers\n"


def test_export_consents_writes_what_the_customer_answered_to_the_organization(
    known: OrganizationCustomer, asked: Consent, theirs: Organization, tmp_path: Path
) -> None:
    answer(known, asked, language="da", ip_address="192.0.2.1")
    answer(make_known(theirs, customer=known.customer), make_asked(theirs))
    answer(make_known(known.organization), asked)
    path = tmp_path / "consents.csv"

    said = run("export_consents", "--customer", known.customer_id, "--organization", "ours", "--to", path)

    (row,) = csv.DictReader(StringIO(path.read_text(encoding="utf-8")))
    assert (row["consent_id"], row["text"], row["ip_address"]) == (asked.pk, TEXT["da"], "192.0.2.1")
    assert said == f"1 answer of {known.customer_id} in {path}.\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_export_consents_never_writes_over_a_file(known: OrganizationCustomer, tmp_path: Path) -> None:
    path = tmp_path / "consents.csv"
    path.write_text("mine")

    with pytest.raises(CommandError, match="already"):
        run("export_consents", "--customer", known.customer_id, "--organization", "ours", "--to", path)

    assert path.read_text() == "mine"


@pytest.mark.parametrize("text", ["usr_00000000000000000000000000", "nonsense", "cns_00000000000000000000000000"])
def test_export_consents_knows_only_customers_of_the_organization(
    ours: Organization, text: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="knows no customer"):
        run("export_consents", "--customer", text, "--organization", ours.pk, "--to", tmp_path / "x.csv")


def test_export_consents_of_a_customer_of_another_organization_is_of_nobody(
    ours: Organization, theirs: Organization, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="knows no customer"):
        run(
            "export_consents", "--customer", make_known(theirs).customer_id, "--organization", "ours",
            "--to", tmp_path / "x.csv",
        )  # fmt: skip
