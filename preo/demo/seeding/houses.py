"""The organizations of the seed: who works there, and their accounts and fees."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from editions.models import FeeRule, MerchantAccount, SenderDomain
from editions.models.selling import MerchantAccountType
from preo.accounts.models import Membership, Organization, StaffUser
from preo.api.roles import Role
from preo.demo.seeding.agreements import write_consents
from preo.demo.seeding.albums import Album
from preo.demo.seeding.drafts import PURPOSE, SINCE, Draft
from preo.demo.seeding.names import colleague
from preo.demo.seeding.places import COMPANIES, Company
from preo.demo.seeding.random_ids import Ids

PASSWORD = "preo-demo-2026"  # noqa: S105  # printed by the demo, and never for anything else


@dataclass(frozen=True, slots=True)
class House:
    """One organization with its people, by what they are there for."""

    company: Company
    organization: Organization
    album: Album
    staff: dict[str, StaffUser]
    fee_rule: FeeRule
    sandbox: MerchantAccount
    cash: MerchantAccount | None

    def role_of(self, person: StaffUser) -> Role:
        return next(PEOPLE[who] for who, member in self.staff.items() if member == person)

    def second_person(self, requester: StaffUser) -> StaffUser:
        """A manager who is somebody else."""
        return next(self.staff[who] for who in ("manager", "manager2") if self.staff[who] != requester)


PEOPLE = {
    "admin": Role.ADMIN,
    "manager": Role.MANAGER,
    "manager2": Role.MANAGER,
    "staff": Role.STAFF,
    "guest": Role.GUEST,
}


def first_organization_id(seed: int) -> str:
    """What tells that a database has this seed."""
    return Ids(seed, PURPOSE).typed("org", SINCE)


def houses(draft: Draft) -> Iterator[House]:
    # One hash for all: each costs as long as a sign-in.
    password = make_password(PASSWORD)
    organizations = [_organization(draft, company) for company in COMPANIES]
    for company, organization in zip(COMPANIES, organizations, strict=True):
        album = Album(organization, seed=draft.ids.seed, calendar=draft.calendar)
        organization.avatar_key = album.of_company().key
        _may_mail(draft, organization)
        yield House(
            company=company,
            organization=organization,
            album=album,
            staff={who: _member(draft, company, organization, who, password) for who in PEOPLE},
            fee_rule=_fee_rule(draft, organization),
            sandbox=_account(draft, organization, MerchantAccountType.SANDBOX),
            cash=_account(draft, organization, MerchantAccountType.MANUAL) if company.takes_cash else None,
        )


def employee(draft: Draft, company: Company, who: str, password: str) -> StaffUser:
    first_name, last_name = colleague(draft.random, company.country)
    return draft.add(
        StaffUser,
        "stf",
        SINCE,
        email=f"{who}@{company.slug}{draft.tag}.example.org",
        first_name=first_name,
        last_name=last_name,
        password=password,
    )


def _organization(draft: Draft, company: Company) -> Organization:
    return draft.add(
        Organization,
        "org",
        SINCE,
        name=company.name,
        slug=f"{company.slug}{draft.tag}",
        refund_second_approver_above_minor=company.second_approver_above,
        refund_self_approved_up_to_minor=company.self_approved_up_to,
        refund_staff_ceiling_minor=company.staff_ceiling,
        refund_manager_ceiling_minor=company.manager_ceiling,
        refund_daily_limit_minor=company.daily_limit,
        refund_reasons_with_comment=list(company.commented),
    )


def _member(draft: Draft, company: Company, organization: Organization, who: str, password: str) -> StaffUser:
    member = employee(draft, company, who, password)
    draft.add(Membership, "mbr", SINCE, organization=organization, staff_user=member, role=PEOPLE[who])
    return member


def _may_mail(draft: Draft, organization: Organization) -> None:
    """A domain to send from that is the organization's, and what customers are asked to agree to."""
    domain = f"{organization.slug}.example.org"
    draft.add(
        SenderDomain, "dom", SINCE, organization=organization, domain=domain, verified_at=draft.calendar.at(SINCE)
    )
    write_consents(draft, organization)


def _fee_rule(draft: Draft, organization: Organization) -> FeeRule:
    return draft.add(
        FeeRule,
        "fee",
        SINCE,
        organization=organization,
        name="Usual fees",
        handling_fee_fixed_minor=draft.random.choice((0, 1_00, 2_50)),
        handling_fee_rate=draft.random.choice((Decimal("0.50"), Decimal("1.00"))),
        service_fee_fixed_minor=draft.random.choice((3_00, 5_00)),
        service_fee_rate=draft.random.choice((Decimal(0), Decimal("1.50"), Decimal("1.90"))),
    )


def _account(draft: Draft, organization: Organization, type_: MerchantAccountType) -> MerchantAccount:
    currencies = sorted({run.market.currency for company in COMPANIES for run in company.runs})
    return draft.add(
        MerchantAccount,
        "mac",
        SINCE,
        organization=organization,
        name=f"{organization.name} ({type_.label.lower()})",
        type=type_,
        supported_currencies=currencies,
    )
