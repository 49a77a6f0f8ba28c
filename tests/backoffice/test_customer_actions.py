"""What staff do with a customer: the profile, answers to consents, their data as a file."""

from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse
from django.utils import timezone

from consents.models import Consent, ConsentAnswer
from consents.operations.answering import record_answer
from preo.accounts.models import Customer, CustomerExport, OrganizationCustomer
from preo.api.roles import Role
from tests.backoffice.conftest import Pages
from tests.factories import NOON, make_customer, make_edition, make_edition_member, make_order
from tests.factories_ready import both

ACTIONS = ("edit", "answer", "merge", "erase", "export")
FOR_MANAGERS = ("edit", "merge", "erase", "export")


def at(name, customer, organization=None):
    url = reverse(f"admin:accounts_customer_{name}", args=[customer.pk])
    return f"{url}?organization={organization.pk}" if organization else url


def page_of(customer):
    return reverse("admin:accounts_customer_change", args=[customer.pk])


def make_consent(organization, **others):
    defaults = {"title": "Newsletter", "type": "marketing", "consent_text": both("News by mail.")}
    published = {"published": True, "published_date": NOON}
    return Consent.objects.create(organization=organization, **(defaults | published | others))


def profile_of(customer, **others):
    opened = customer.modified.isoformat()
    values = {name: getattr(customer, name) for name in ("full_name", "email", "phone_number", "locale")}
    return {"opened": opened, **values, **others}


def answer_to(consent, **others):
    return {"consent": consent.pk, "state": "given", "channel": "phone", "language": "en", **others}


@pytest.fixture
def freja(edition):
    customer = make_customer(
        edition.organization, email="freja@example.org", full_name="Freja Lund", phone_number="+4511223344"
    )
    make_order(edition, customer=customer)
    return Customer.objects.get(pk=customer.pk)


@pytest.mark.parametrize("name", ACTIONS)
def test_action_on_a_customer_of_others_is_as_missing_as_none(name, theirs, ours, admin, pages: Pages):
    theirs_customer = make_customer(theirs)

    for method in ("get", "post"):
        answers = [
            getattr(pages(admin), method)(at(name, theirs_customer, organization)) for organization in (ours, theirs)
        ]
        assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize("name", FOR_MANAGERS)
def test_action_is_for_managers(name, ours, freja, staff, guest, pages: Pages):
    for method in ("get", "post"):
        assert getattr(pages(staff), method)(at(name, freja, ours)).status_code == 403

    assert pages(guest).get(at(name, freja, ours)).status_code == 404


@pytest.mark.parametrize("name", ["merge", "erase", "export"])
def test_action_at_an_organization_out_of_reach_is_missing(name, theirs, freja, admin, pages: Pages):
    OrganizationCustomer.objects.create(organization=theirs, customer=freja)

    assert pages(admin).post(at(name, freja, theirs)).status_code == 404
    assert pages(admin).post(at(name, freja)).status_code == 404


@pytest.mark.parametrize("name", ["merge", "erase", "export"])
def test_action_is_not_for_managers_of_one_edition(name, ours, edition, freja, pages: Pages):
    member = make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER)

    assert pages(member).post(at(name, freja, ours)).status_code == 404


def test_edit_changes_the_profile_by_the_rules_of_the_api(freja, manager, pages: Pages):
    form = profile_of(freja, phone_number="+45 99 88 77 66", full_name="Freja  Lund Holm")

    answer = pages(manager).post(at("edit", freja), form)

    assert answer.headers["Location"] == page_of(freja)
    freja.refresh_from_db()
    assert (freja.full_name, freja.phone_number) == ("Freja Lund Holm", "+4599887766")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"phone_number": "12"}, "The phone number isn&#x27;t one."),
        ({"email": "nobody"}, "The e-mail address isn&#x27;t one."),
        ({"email": "taken@example.org"}, "has this address. Merge the two"),
        ({"locale": "xx"}, "Select a valid choice"),
    ],
)
def test_edit_says_at_the_field_why_not(wrong, says, ours, freja, manager, pages: Pages):
    make_customer(ours, email="taken@example.org")

    answer = pages(manager).post(at("edit", freja), profile_of(freja, **wrong))

    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert answer.context["form"].errors
    freja.refresh_from_db()
    assert (freja.phone_number, freja.email, freja.locale) == ("+4511223344", "freja@example.org", "en")


def test_edit_tells_nobody_of_a_customer_of_others(theirs, freja, manager, pages: Pages):
    secret = make_customer(theirs, email="secret@example.org")

    body = pages(manager).post(at("edit", freja), profile_of(freja, email="secret@example.org")).content.decode()

    assert "This address can&#x27;t be used here." in body
    assert secret.pk not in body


def test_edit_of_what_somebody_else_changed_meanwhile_is_refused(freja, manager, pages: Pages):
    form = profile_of(freja, full_name="Freja Holm")
    Customer.objects.filter(pk=freja.pk).update(full_name="Freja Bach", modified=timezone.now())

    body = pages(manager).post(at("edit", freja), form).content.decode()

    assert "Somebody else changed this" in body
    freja.refresh_from_db()
    assert freja.full_name == "Freja Bach"


def test_edit_keeps_a_language_that_the_product_does_not_speak(freja, manager, pages: Pages):
    Customer.objects.filter(pk=freja.pk).update(locale="nb")
    freja.refresh_from_db()

    offered = pages(manager).get(at("edit", freja)).context["form"]["locale"].field.choices
    pages(manager).post(at("edit", freja), profile_of(freja, full_name="Freja Holm"))

    assert offered[0] == ("nb", "Norwegian Bokmål")
    freja.refresh_from_db()
    assert (freja.full_name, freja.locale) == ("Freja Holm", "nb")


def test_manager_of_one_edition_edits_who_ordered_there(edition, freja, pages: Pages):
    member = make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER)
    stranger = make_edition_member(
        "other@ours.example", edition=make_edition(edition.organization, name="Other"), role=Role.MANAGER
    )

    assert pages(member).get(at("edit", freja)).status_code == 200
    assert pages(stranger).get(at("edit", freja)).status_code == 404


def test_answer_is_recorded_with_who_and_how(ours, freja, staff, pages: Pages):
    consent = make_consent(ours)

    answer = pages(staff).post(at("answer", freja), answer_to(consent, state="withdrawn", language="da"))

    assert answer.headers["Location"] == page_of(freja)
    recorded = ConsentAnswer.objects.get()
    assert (recorded.state, recorded.channel, recorded.language) == ("withdrawn", "phone", "da")
    assert (recorded.known.customer_id, recorded.recorded_by) == (freja.pk, staff)


def test_answer_says_at_the_field_why_not(ours, freja, staff, pages: Pages):
    consent = make_consent(ours, consent_text={"en": "News by mail."})

    answer = pages(staff).post(at("answer", freja), answer_to(consent, language="da"))

    assert "This version has no text or document in Danish." in answer.context["form"].errors["language"]
    assert not ConsentAnswer.objects.exists()


def test_answer_to_what_is_not_asked_here_is_refused(theirs, ours, edition, freja, staff, pages: Pages):
    other = make_edition(ours, name="Other")
    member = make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)
    refused = {staff: make_consent(theirs), member: make_consent(ours, edition=other)}
    draft = make_consent(ours, published=False, published_date=None)

    for person, consent in [*refused.items(), (staff, draft)]:
        answer = pages(person).post(at("answer", freja), answer_to(consent))
        assert "consent" in answer.context["form"].errors
        assert consent.pk not in answer.content.decode()

    assert not ConsentAnswer.objects.exists()


def test_page_says_what_holds_what_is_outdated_and_all_answers(ours, freja, staff, pages: Pages):
    known = OrganizationCustomer.objects.get(customer=freja)
    first = make_consent(ours, title="Terms", type="terms")
    news = make_consent(ours)
    for consent, state in ((first, "given"), (news, "given"), (news, "withdrawn")):
        record_answer(known, consent, state=state, language="en", channel="web", by=None, now=timezone.now())
    make_consent(ours, title="Terms", type="terms", version=2, supersedes=first, first=first)

    answer = pages(staff).get(page_of(freja))

    agreed = answer.context["page"].agreed
    held = {each.answer.consent.title: (each.answer.state, each.is_outdated) for each in agreed.standings}
    assert held == {"Terms": ("given", True), "Newsletter": ("withdrawn", False)}
    assert [each.state for each in agreed.history] == ["withdrawn", "given", "given"]
    for text in ("Outdated", "Version 2 is asked now", "Website"):
        assert text in answer.content.decode()


def test_page_shows_no_answers_to_others(theirs, freja, staff, pages: Pages):
    known = OrganizationCustomer.objects.create(organization=theirs, customer=freja)
    consent = make_consent(theirs, title="Secret terms")
    record_answer(known, consent, state="given", language="en", channel="web", by=None, now=NOON)

    body = pages(staff).get(page_of(freja)).content.decode()

    assert "Secret terms" not in body
    assert consent.pk not in body


def test_export_is_a_zip_and_recorded(ours, freja, manager, pages: Pages):
    answer = pages(manager).post(at("export", freja, ours))

    archive = b"".join(answer.streaming_content)
    export = CustomerExport.objects.get()
    assert (export.exported_by, export.customer_id, export.sha256) == (manager, freja.pk, sha256(archive).hexdigest())
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{freja.pk}.zip"'
    with ZipFile(BytesIO(archive)) as files:
        assert any(b"freja@example.org" in files.read(name) for name in files.namelist())
    assert "Exported by Manager Holm" in " ".join(pages(manager).get(page_of(freja)).content.decode().split())


def test_export_needs_a_press(ours, freja, manager, pages: Pages):
    answer = pages(manager).get(at("export", freja, ours))

    assert answer.headers["Location"] == page_of(freja)
    assert not CustomerExport.objects.exists()
