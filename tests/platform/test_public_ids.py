"""Typed ids, held against the vectors of the TypeID 0.3 specification, and on their way through the database."""

from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from editions.models import Edition, Event
from preo.accounts.models import Organization
from preo.public_ids import NotAPublicId, decode, encode, new, parse, prefix_of

VALID = {
    "nil": ("00000000000000000000000000", "", "00000000-0000-0000-0000-000000000000"),
    "one": ("00000000000000000000000001", "", "00000000-0000-0000-0000-000000000001"),
    "ten": ("0000000000000000000000000a", "", "00000000-0000-0000-0000-00000000000a"),
    "sixteen": ("0000000000000000000000000g", "", "00000000-0000-0000-0000-000000000010"),
    "thirty-two": ("00000000000000000000000010", "", "00000000-0000-0000-0000-000000000020"),
    "max-valid": ("7zzzzzzzzzzzzzzzzzzzzzzzzz", "", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    "valid-alphabet": (
        "prefix_0123456789abcdefghjkmnpqrs",
        "prefix",
        "0110c853-1d09-52d8-d73e-1194e95b5f19",
    ),
    "valid-uuidv7": ("prefix_01h455vb4pex5vsknk084sn02q", "prefix", "01890a5d-ac96-774b-bcce-b302099a8057"),
    "prefix-underscore": ("pre_fix_00000000000000000000000000", "pre_fix", "00000000-0000-0000-0000-000000000000"),
    "longest prefix": ("a" * 63 + "_00000000000000000000000000", "a" * 63, "00000000-0000-0000-0000-000000000000"),
}
INVALID = {
    "prefix-uppercase": "PREFIX_00000000000000000000000000",
    "prefix-numeric": "12345_00000000000000000000000000",
    "prefix-period": "pre.fix_00000000000000000000000000",
    "prefix-non-ascii": "préfix_00000000000000000000000000",
    "prefix-spaces": "  prefix_00000000000000000000000000",
    "prefix-64-chars": "a" * 64 + "_00000000000000000000000000",
    "separator-empty-prefix": "_00000000000000000000000000",
    "separator-empty": "_",
    "suffix-short": "prefix_1234567890123456789012345",
    "suffix-long": "prefix_123456789012345678901234567",
    "suffix-spaces": "prefix_1234567890123456789012345 ",
    "suffix-uppercase": "prefix_0123456789ABCDEFGHJKMNPQRS",
    "suffix-hyphens": "prefix_123456789-123456789-123456",
    "suffix-wrong-alphabet": "prefix_ooooooiiiiiiuuuuuuulllllll",
    "suffix-ambiguous-crockford": "prefix_i23456789ol23456789oi23456",
    "suffix-hyphens-crockford": "prefix_123456789-0123456789-0123456",
    "suffix-overflow": "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "prefix-underscore-start": "_prefix_00000000000000000000000000",
    "prefix-underscore-end": "prefix__00000000000000000000000000",
    "empty": "",
    "prefix-empty-suffix": "prefix_",
    "a new line behind": "prefix_00000000000000000000000000\n",
    "a uuid": "01890a5d-ac96-774b-bcce-b302099a8057",
    "NUL": "prefix_0000000000000000000000000\0",
    "full-width digits": "prefix_" + "\uff10" * 26,
    "10,000 characters": "x" * 10_000,
}


@pytest.mark.parametrize(("text", "prefix", "uuid"), VALID.values(), ids=VALID)
def test_encode_and_decode_agree_with_the_specification(text: str, prefix: str, uuid: str) -> None:
    assert encode(prefix, UUID(uuid)) == text
    assert decode(text) == (prefix, UUID(uuid))


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID)
def test_decode_refuses_what_the_specification_refuses(text: str) -> None:
    with pytest.raises(NotAPublicId):
        decode(text)


@given(st.from_regex(r"[a-z](?:[a-z_]{0,61}[a-z])?", fullmatch=True), st.uuids())
def test_decode_gives_back_what_encode_was_given(prefix: str, uuid: UUID) -> None:
    assert decode(encode(prefix, uuid)) == (prefix, uuid)


@given(st.uuids(), st.uuids())
def test_encode_keeps_the_order_of_the_uuids(one: UUID, other: UUID) -> None:
    assert (encode("org", one) < encode("org", other)) == (one < other)


def test_parse_refuses_an_id_of_another_kind() -> None:
    with pytest.raises(NotAPublicId, match="starts with evt_, where one of edt_ is expected"):
        parse("edt", new("evt"))


def test_new_sorts_behind_what_came_before() -> None:
    made = [new("org") for _ in range(1000)]

    assert made == sorted(made)


def test_prefix_of_tells_the_kind_of_a_model() -> None:
    assert [prefix_of(model) for model in (Organization, Event, Edition)] == ["org", "evt", "edt"]


def test_a_row_keeps_its_typed_id_through_the_database(ours: Organization) -> None:
    found = Organization.objects.get(pk=ours.pk)

    assert found.pk == ours.pk
    assert found.pk.startswith("org_")


def test_the_column_is_a_native_uuid(ours: Organization) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM accounts_organization")
        rows = cursor.fetchall()

    assert rows == [(parse("org", ours.pk),)]


def test_a_foreign_key_has_the_typed_id_of_its_row(edition: Edition, ours: Organization) -> None:
    found = Edition.objects.get(organization_id=ours.pk)

    assert (found.pk, found.organization_id) == (edition.pk, ours.pk)
    assert list(Edition.objects.values_list("organization_id", "organization__id")) == [(ours.pk, ours.pk)]
    assert list(Edition.objects.filter(organization__in=[ours.pk])) == [edition]


@pytest.mark.parametrize("text", ["", "nonsense", "evt_00000000000000000000000000", "\0"])
def test_a_look_up_refuses_what_is_no_id_of_the_kind(db: None, text: str) -> None:
    with pytest.raises((NotAPublicId, ValidationError)):
        Organization.objects.filter(pk=text).first()


def test_full_clean_refuses_an_id_of_another_kind(db: None) -> None:
    event = Event(organization_id=new("edt"), name="Summer Days")

    with pytest.raises(ValidationError):
        event.full_clean()
