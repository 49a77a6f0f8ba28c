"""The oldest part of the trail can go, by its age alone, and that it went stays on record."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from preo.audit import operations
from preo.audit.models import AuditEvent, AuditRetention, PersonalDetail
from tests.application_role import application_role, application_url, in_application_role
from tests.factories import make_customer

__all__ = ["application_role", "application_url", "in_application_role"]

pytestmark = pytest.mark.django_db(transaction=True)


def prune(*options: str) -> str:
    printed = StringIO()
    call_command("prune_audit_trail", *options, stdout=printed, stderr=StringIO())
    return printed.getvalue().strip()


def age(days: int, **where: object) -> None:
    """Let events be older than they are, past every trigger, as only a superuser can."""
    ids = list(AuditEvent.objects.filter(**where).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        AuditEvent.objects.filter(pk__in=ids).update(created=timezone.now() - timedelta(days=days))
        cursor.execute("RESET session_replication_role")


@pytest.fixture
def rows(edition: Edition) -> None:
    """Old and young events, the old ones with details of a customer."""
    customer = make_customer(edition.organization, email="ida@holm.example")
    type(customer).objects.filter(pk=customer.pk).update(full_name="Ida Holm Berg")
    age(800)
    Edition.objects.filter(pk=edition.pk).update(name="Renamed")
    type(customer).objects.filter(pk=customer.pk).update(full_name="Ida Berg")


def test_prune_removes_what_is_old_with_its_details_and_says_so(
    rows: None, admin: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "BATCH", 3)
    limit = timezone.now() - timedelta(days=730)
    old, young = AuditEvent.objects.filter(created__lt=limit), AuditEvent.objects.filter(created__gte=limit)
    gone, kept = set(old.values_list("pk", flat=True)), set(young.values_list("pk", flat=True))

    said = prune("--older-than", "730d", "--by", admin.email, "--reason", "As agreed")

    assert (len(gone) > 3, said.startswith(f"{len(gone)} events from before ")) == (True, True)
    assert not AuditEvent.objects.filter(pk__in=gone).exists()
    assert AuditEvent.objects.filter(pk__in=kept).count() == len(kept)
    assert set(PersonalDetail.objects.values_list("pk", flat=True)) <= kept
    assert PersonalDetail.objects.exists()

    run = AuditRetention.objects.get()
    assert (run.removed, run.role, run.ended_at is None) == (len(gone), connection.settings_dict["USER"], False)
    told = AuditEvent.objects.filter(object_type="audit.auditretention").order_by("created", "id")
    assert list(told.values_list("action", "operation", "staff_user_id", "reason")) == [
        ("insert", "begin_removal", admin.pk, "As agreed"),
        ("update", "end_removal", admin.pk, "As agreed"),
    ]


def test_prune_again_finds_nothing(rows: None) -> None:
    prune("--older-than", "730d")

    assert prune("--older-than", "730d").startswith("0 events from before ")
    assert AuditRetention.objects.latest("created").removed == 0


def test_prune_dry_run_counts_and_leaves_no_trace(rows: None) -> None:
    before = AuditEvent.objects.count()

    said = prune("--older-than", "100d", "--dry-run")

    assert said.endswith("would be removed.")
    assert int(said.split()[0]) > 0
    assert (AuditEvent.objects.count(), AuditRetention.objects.exists()) == (before, False)


@pytest.mark.parametrize("options", [["--older-than", "89d"], ["--before", "2999-01-01"], ["--older-than", "0"]])
def test_prune_refuses_what_is_young(options: list[str]) -> None:
    with pytest.raises(CommandError, match="younger than 90 days are never removed"):
        prune(*options)


@pytest.mark.parametrize(
    "options", [["--older-than", "two years"], ["--before", "01.02.2024"], ["--by", "no@one.example"]]
)
def test_prune_refuses_what_it_cannot_read(options: list[str], db: None) -> None:
    with pytest.raises(CommandError, match=r"no number of days|no date|no staff user"):
        prune(*options)


def test_prune_is_refused_to_the_application(rows: None, in_application_role: None) -> None:
    before = AuditEvent.objects.count()

    with pytest.raises(CommandError, match="may not remove events; run this as the owner"):
        prune("--older-than", "730d")

    assert AuditEvent.objects.count() == before


def test_the_database_itself_spares_what_is_young(ours: Organization) -> None:
    with pytest.raises(DatabaseError, match="younger than 90 days stay"):
        AuditRetention.objects.create(older_than=timezone.now() - timedelta(days=89))

    run = AuditRetention.objects.create(older_than=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(DatabaseError, match="append-only"):
        AuditEvent.objects.all().delete()

    for change in ({"older_than": timezone.now()}, {"removed": -1}, {"role": "another"}):
        with pytest.raises(DatabaseError, match="stays on record"):
            AuditRetention.objects.filter(pk=run.pk).update(**change)
    with pytest.raises(DatabaseError, match="stays on record"):
        run.delete()


def test_a_removal_that_was_killed_leaves_the_way_open_no_longer_than_to_the_next(rows: None) -> None:
    killed = AuditRetention.objects.create(older_than=timezone.now() - timedelta(days=100))

    prune("--older-than", "730d")

    killed.refresh_from_db()
    assert killed.ended_at is not None
    age(200)
    with pytest.raises(DatabaseError, match="append-only"):
        AuditEvent.objects.all().delete()
