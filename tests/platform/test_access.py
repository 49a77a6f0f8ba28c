"""OrganizationAccessMixin, sentence by sentence of its published description, on viewsets made up for the purpose."""

from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.viewsets import ModelViewSet

from editions.choices import EmailScope, EmailType
from editions.models import Edition, EmailMessage, Product
from preo.accounts.models import Membership, Organization, StaffUser
from preo.api.access import OrganizationAccessMixin
from preo.api.roles import Role
from preo.api.scopes import Scope
from preo.files.models import StoredFile
from preo.public_ids import new
from tests.factories import make_edition_member, make_product, make_staff, make_vendor


class FileOut(serializers.ModelSerializer[StoredFile]):
    class Meta:
        model = StoredFile
        fields = ("id", "file_name")


class ProductOut(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ("id",)


class FileViewSet(OrganizationAccessMixin, ModelViewSet[StoredFile]):
    queryset = StoredFile.objects.all()
    serializer_class = FileOut
    filterset_class = None
    min_roles = {"destroy": Role.ADMIN}
    scopes = {"list": Scope.ORDERS_READ, "retrieve": Scope.ORDERS_READ, "destroy": Scope.ORDERS_WRITE}
    ordering_columns = {"created": "created"}


class Uploads(FileViewSet):
    scopes = {"create": Scope.ORDERS_WRITE}

    def create(self, request: Request) -> Response:
        named = self.visible(Organization.objects.all(), request.data["organization_id"], member="organization_id")
        self.require_role(named.pk, None, role=Role.STAFF)
        return Response({"id": make_file(named).pk}, status=201)


class ProductsOfVendors(FileViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductOut
    organization_filter_field = "vendor__organization_id"


class ProductsOfEditions(ProductsOfVendors):
    organization_filter_field = "edition__organization_id"
    edition_filter_field = "edition_id"


class MessageOut(serializers.ModelSerializer[EmailMessage]):
    class Meta:
        model = EmailMessage
        fields = ("id",)


class Messages(FileViewSet):
    """The platform's own belong to no organization; everybody is staff of them."""

    queryset = EmailMessage.objects.all()
    serializer_class = MessageOut
    edition_filter_field = "edition_id"
    role_on_shared = Role.STAFF


class MessagesOfNobody(Messages):
    role_on_shared = None


def make_file(organization: Organization) -> StoredFile:
    return StoredFile.objects.create(organization=organization, file_name="a.jpg", key=new("fil"), size=1)


def call(
    view: type[OrganizationAccessMixin], action: str, person: StaffUser | None, query: str = "", **path: str
) -> Response:
    method = "delete" if action == "destroy" else "get"
    request = getattr(APIRequestFactory(), method)(f"/{query}")
    force_authenticate(request, person and StaffUser.objects.get(pk=person.pk))
    return view.as_view({method: action})(request, **path)


def listed(view: type[OrganizationAccessMixin], person: StaffUser, query: str = "", **path: str) -> set[str]:
    answer = call(view, "list", person, query, **path)
    assert answer.status_code == 200, answer.data
    return {row["id"] for row in answer.data["results"]}


@pytest.fixture
def both(ours: Organization, theirs: Organization) -> StaffUser:
    """Staff of both organizations."""
    person = make_staff("both@ours.example", organization=ours, role=Role.STAFF)
    Membership.objects.create(organization=theirs, staff_user=person, role=Role.STAFF)
    return person


@pytest.fixture
def our_file(ours: Organization) -> StoredFile:
    return make_file(ours)


@pytest.fixture
def their_file(theirs: Organization) -> StoredFile:
    return make_file(theirs)


def test_class_attributes_have_their_defaults() -> None:
    assert OrganizationAccessMixin.organization_filter_field == "organization_id"
    assert OrganizationAccessMixin.organization_param_name == "organization_id"
    assert OrganizationAccessMixin.min_role_for_list == "staff"


def test_the_queryset_is_narrowed_to_organizations_in_reach(
    staff: StaffUser, our_file: StoredFile, their_file: StoredFile
) -> None:
    assert listed(FileViewSet, staff) == {our_file.pk}
    assert call(FileViewSet, "retrieve", staff, id=our_file.pk).status_code == 200
    assert call(FileViewSet, "retrieve", staff, id=their_file.pk).status_code == 404


def test_a_list_needs_no_organization_and_has_all_of_them(
    both: StaffUser, our_file: StoredFile, their_file: StoredFile
) -> None:
    assert listed(FileViewSet, both) == {our_file.pk, their_file.pk}


def test_a_list_leaves_out_organizations_where_the_role_is_too_low(
    both: StaffUser, ours: Organization, our_file: StoredFile, their_file: StoredFile
) -> None:
    Membership.objects.filter(organization=ours).update(role=Role.GUEST)

    assert listed(FileViewSet, both) == {their_file.pk}


@pytest.mark.parametrize("held", Role)
@pytest.mark.parametrize("needed", Role)
def test_min_role_for_list_is_the_least_that_suffices(
    ours: Organization, our_file: StoredFile, needed: Role, held: Role
) -> None:
    person = make_staff("some@ours.example", organization=ours, role=held)
    view = type("View", (FileViewSet,), {"min_role_for_list": needed.value})

    order = [Role.GUEST, Role.STAFF, Role.MANAGER, Role.ADMIN]
    assert listed(view, person) == ({our_file.pk} if order.index(held) >= order.index(needed) else set())


def test_other_actions_check_the_role_on_the_organization_of_the_row(
    both: StaffUser, theirs: Organization, our_file: StoredFile, their_file: StoredFile
) -> None:
    Membership.objects.filter(organization=theirs).update(role=Role.ADMIN)

    assert call(FileViewSet, "destroy", both, id=our_file.pk).status_code == 403
    assert call(FileViewSet, "destroy", both, id=their_file.pk).status_code == 204


def test_other_actions_need_the_role_of_the_list_unless_they_name_their_own(
    guest: StaffUser, our_file: StoredFile
) -> None:
    answer = call(FileViewSet, "retrieve", guest, id=our_file.pk)

    assert (answer.status_code, answer.data["code"]) == (403, "role_too_low")


def test_the_query_parameter_narrows_a_list_to_one_organization(
    both: StaffUser, theirs: Organization, our_file: StoredFile, their_file: StoredFile
) -> None:
    assert listed(FileViewSet, both, f"?organization_id={theirs.pk}") == {their_file.pk}


def test_the_path_parameter_narrows_a_list_to_one_organization(
    both: StaffUser, theirs: Organization, our_file: StoredFile, their_file: StoredFile
) -> None:
    assert listed(FileViewSet, both, organization_id=theirs.pk) == {their_file.pk}


def test_the_path_parameter_narrows_other_actions_too(
    both: StaffUser, theirs: Organization, our_file: StoredFile, their_file: StoredFile
) -> None:
    answers = [
        call(FileViewSet, "retrieve", both, organization_id=theirs.pk, id=file.pk) for file in (our_file, their_file)
    ]

    assert [answer.status_code for answer in answers] == [404, 200]


def test_the_parameter_can_have_another_name(
    both: StaffUser, theirs: Organization, our_file: StoredFile, their_file: StoredFile
) -> None:
    view = type("View", (FileViewSet,), {"organization_param_name": "vendor_org_id"})

    assert listed(view, both, f"?vendor_org_id={theirs.pk}") == {their_file.pk}
    assert call(view, "list", both, f"?organization_id={theirs.pk}").status_code == 400


def test_an_organization_out_of_reach_is_not_found_by_the_name_of_the_parameter(
    staff: StaffUser, theirs: Organization
) -> None:
    asked = call(FileViewSet, "list", staff, f"?organization_id={theirs.pk}")
    missing = call(FileViewSet, "list", staff, "?organization_id=org_00000000000000000000000000")

    assert (asked.status_code, asked.data) == (404, missing.data)
    assert asked.data["errors"][0]["field"] == "organization_id"


def test_an_organization_where_the_role_is_too_low_is_refused(guest: StaffUser, ours: Organization) -> None:
    answer = call(FileViewSet, "list", guest, f"?organization_id={ours.pk}")

    assert (answer.status_code, answer.data["code"]) == (403, "role_too_low")


def test_it_works_beside_a_model_viewset_and_other_permissions(staff: StaffUser, our_file: StoredFile) -> None:
    view = type("View", (FileViewSet,), {"permission_classes": (IsAuthenticated,), "scopes": {}})

    assert listed(view, staff) == {our_file.pk}


def test_it_follows_related_fields(
    both: StaffUser, staff: StaffUser, edition: Edition, their_edition: Edition, theirs: Organization
) -> None:
    by_them = make_product(edition, vendor=make_vendor(edition, theirs))
    make_product(edition)

    assert listed(ProductsOfVendors, both) == {by_them.pk}
    assert listed(ProductsOfVendors, staff) == set()
    assert listed(ProductsOfVendors, both, f"?organization_id={theirs.pk}") == {by_them.pk}
    assert call(ProductsOfVendors, "retrieve", both, id=by_them.pk).status_code == 200
    assert call(ProductsOfVendors, "retrieve", staff, id=by_them.pk).status_code == 404


def test_a_role_on_one_edition_reaches_its_rows_alone(ours: Organization, edition: Edition) -> None:
    person = make_edition_member("one@ours.example", edition=edition, role=Role.MANAGER)
    inside, outside = make_product(edition), make_product(Edition.objects.create(organization=ours, slug="other"))

    assert listed(ProductsOfEditions, person) == {inside.pk}
    assert listed(ProductsOfEditions, person, f"?organization_id={ours.pk}") == {inside.pk}
    assert call(ProductsOfEditions, "retrieve", person, id=inside.pk).status_code == 200
    assert call(ProductsOfEditions, "retrieve", person, id=outside.pk).status_code == 404


def test_the_higher_of_two_roles_counts(ours: Organization, edition: Edition) -> None:
    person = make_edition_member("one@ours.example", edition=edition, role=Role.ADMIN)
    Membership.objects.create(organization=ours, staff_user=person, role=Role.GUEST)
    inside, outside = make_product(edition), make_product(Edition.objects.create(organization=ours, slug="other"))

    assert listed(ProductsOfEditions, person) == {inside.pk}
    assert call(ProductsOfEditions, "destroy", person, id=outside.pk).status_code == 403
    assert call(ProductsOfEditions, "destroy", person, id=inside.pk).status_code == 204


def test_a_role_on_one_edition_is_none_where_rows_have_no_edition(edition: Edition, our_file: StoredFile) -> None:
    person = make_edition_member("one@ours.example", edition=edition, role=Role.ADMIN)

    assert listed(FileViewSet, person) == set()
    assert call(FileViewSet, "retrieve", person, id=our_file.pk).status_code == 404


@pytest.fixture
def shared(db: None) -> EmailMessage:
    return EmailMessage.objects.create(title="Receipt", type=EmailType.RECEIPT, scope=EmailScope.PLATFORM)


@pytest.fixture
def our_message(ours: Organization) -> EmailMessage:
    return EmailMessage.objects.create(
        organization=ours, title="Receipt", type=EmailType.RECEIPT, scope=EmailScope.TEMPLATE
    )


def test_rows_of_no_organization_are_for_everybody_to_read_where_the_viewset_says_so(
    staff: StaffUser, nobody: StaffUser, shared: EmailMessage, our_message: EmailMessage
) -> None:
    assert listed(Messages, staff) == {shared.pk, our_message.pk}
    assert listed(Messages, nobody) == {shared.pk}
    assert call(Messages, "retrieve", nobody, id=shared.pk).status_code == 200


def test_rows_of_no_organization_are_nobodys_otherwise(admin: StaffUser, shared: EmailMessage) -> None:
    assert listed(MessagesOfNobody, admin) == set()
    assert call(MessagesOfNobody, "retrieve", admin, id=shared.pk).status_code == 404


def test_rows_of_no_organization_take_no_action_above_what_everybody_holds(
    admin: StaffUser, shared: EmailMessage
) -> None:
    answer = call(Messages, "destroy", admin, id=shared.pk)

    assert (answer.status_code, answer.data["code"]) == (403, "role_too_low")
    assert EmailMessage.objects.filter(pk=shared.pk).exists()


def test_an_organization_narrows_to_its_own_rows(
    ours: Organization, staff: StaffUser, shared: EmailMessage, our_message: EmailMessage
) -> None:
    assert listed(Messages, staff, f"?organization_id={ours.pk}") == {our_message.pk}


@pytest.mark.parametrize(("role", "is_found"), [(Role.GUEST, True), (Role.STAFF, True), (Role.MANAGER, False)])
def test_everybody_holds_one_role_on_rows_of_no_organization(
    admin: StaffUser, shared: EmailMessage, role: Role, is_found: bool
) -> None:
    assert EmailMessage.objects.visible_to(admin, role=role).exists() == is_found


def upload(person: StaffUser, organization_id: str) -> Response:
    request = APIRequestFactory().post("/", {"organization_id": organization_id})
    force_authenticate(request, person)
    return Uploads.as_view({"post": "create"})(request)


def test_create_checks_the_organization_that_the_body_names(
    staff: StaffUser, guest: StaffUser, ours: Organization, theirs: Organization
) -> None:
    out_of_reach, missing = upload(staff, theirs.pk), upload(staff, "org_00000000000000000000000000")

    assert upload(staff, ours.pk).status_code == 201
    assert upload(guest, ours.pk).status_code == 403
    assert (out_of_reach.status_code, out_of_reach.data) == (404, missing.data)
    assert out_of_reach.data["errors"][0]["field"] == "organization_id"


def test_it_expects_a_staff_user(db: None) -> None:
    assert call(FileViewSet, "list", None).status_code == 401


@pytest.mark.parametrize("action", ["list", "retrieve", "destroy"])
def test_an_action_without_a_scope_is_closed(admin: StaffUser, our_file: StoredFile, action: str) -> None:
    scopes: dict[str, Any] = {name: scope for name, scope in FileViewSet.scopes.items() if name != action}
    view = type("View", (FileViewSet,), {"scopes": scopes})

    answer = call(view, action, admin, **({} if action == "list" else {"id": our_file.pk}))

    assert (answer.status_code, answer.data["code"]) == (403, "closed")
