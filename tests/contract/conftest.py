"""The published contract, and rows that lack nothing of what it shows."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from editions.choices import EmailScope, EmailType, Language
from editions.models import Edition, EmailMessage, FeeRule, MerchantAccount, ProductImage
from orders.models import Cart, Order
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.files.models import StoredFile
from preo.public_ids import new
from tests.documented import DocumentedClient
from tests.factories import NOON, make_customer, make_edition, make_order, make_product, make_staff

DEFAULT_DIR = Path(__file__).resolve().parents[3] / "shared" / "contract"
CONTRACT_DIR = Path(os.environ.get("PREO_CONTRACT_DIR", DEFAULT_DIR))


@pytest.fixture(scope="session")
def checker() -> ModuleType:
    """The published checker. It is not ours to ship, so a clone on its own goes without."""
    path = CONTRACT_DIR / "check_contract.py"
    if not path.exists():
        message = f"there is no {path}; PREO_CONTRACT_DIR names another place"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    spec = importlib.util.spec_from_file_location("check_contract", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def published(checker: ModuleType) -> dict[str, Any]:
    return checker.load(CONTRACT_DIR / "published.json")  # type: ignore[no-any-return]  # the checker is untyped


@pytest.fixture
def organization(db: None) -> Organization:
    return Organization.objects.create(name="Ours", slug="ours", avatar_key="avatars/ours")


@pytest.fixture
def person(organization: Organization) -> StaffUser:
    found = make_staff("manager@ours.example", organization=organization, role=Role.MANAGER)
    found.avatar_key, found.phone_number = "avatars/manager", "+4520304050"
    found.save(update_fields=["avatar_key", "phone_number"])
    return found


@pytest.fixture
def client(person: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(person)
    return found


@pytest.fixture
def edition(organization: Organization) -> Edition:
    """With every setting set."""
    return make_edition(
        organization,
        start_date=NOON,
        end_date=NOON.replace(day=3),
        fee_rule=FeeRule.objects.create(organization=organization, name="Usual"),
        merchant_account=MerchantAccount.objects.create(
            organization=organization, name="Sandbox", type="sandbox", supported_currencies=["dkk"]
        ),
        merchant_account_extra_parameters={"store": "1"},
        merchant_id={"sandbox": "1"},
        metadata={"erp": 1},
        email_sender_name="Summer Days",
        email_sender_address="hello@ours.example",
        email_reply_to="help@ours.example",
        meta_title=dict.fromkeys(Language.values, "Summer Days"),
        meta_description=dict.fromkeys(Language.values, "Tents and drinks"),
        meta_image=make_image(organization),
        transaction_receipt_email=make_email(organization, EmailType.RECEIPT),
        refund_confirmation_email=make_email(organization, EmailType.REFUND_CONFIRMATION),
    )


@pytest.fixture
def order(edition: Edition) -> Order:
    return make_complete_order(edition)


def make_complete_order(edition: Edition) -> Order:
    """Nothing in its answer is empty: images, options, coupon, discount and tax are all there."""
    product = make_product(edition)
    ProductImage.objects.create(product=product, file=make_image(edition.organization))
    customer = make_customer(edition.organization, metadata={"crm": 7})
    order = make_order(edition, customer=customer, product=product, metadata={"erp": 7})
    cart = Cart.objects.get(order=order)
    discount = {"discount_minor": 20_00, "total_minor": cart.total_minor - 20_00}
    Cart.objects.filter(pk=cart.pk).update(coupon_code="EARLY", tax_minor=80_00, **discount)
    order.purchases.update(metadata={"wristband": 7})
    return order


def make_image(organization: Organization) -> StoredFile:
    return StoredFile.objects.create(organization=organization, file_name="tent.jpg", key=new("fil"), size=1)


def make_email(organization: Organization, kind: EmailType) -> EmailMessage:
    return EmailMessage.objects.create(
        organization=organization, title=kind.label, subject={"en": kind.label}, type=kind, scope=EmailScope.TEMPLATE
    )
