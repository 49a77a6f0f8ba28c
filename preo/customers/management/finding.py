"""The organization, customer and person that an operator names on the command line. Each raises CommandError."""

from django.core.management.base import CommandError
from django.db.models import Q

from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from preo.public_ids import NotAPublicId, parse


def find_organization(text: str) -> Organization:
    """By typed id or by slug."""
    by = {"pk": text} if _is_id("org", text) else {"slug": text}
    found = Organization.objects.filter(**by).first()
    if found is None:
        raise CommandError(f"There is no organization {text}; give an id (org_…) or a slug.")
    return found


def find_customer(text: str, *, organization: Organization) -> Customer:
    """Whom the organization knows, or has merged into somebody else."""
    rows = OrganizationCustomer.objects.filter(organization=organization)
    known = rows.filter(Q(customer=text) | Q(merged_from=text)) if _is_id("usr", text) else rows.none()
    if not known.exists():
        raise CommandError(f"{organization.slug} knows no customer {text}; give an id (usr_…).")
    return Customer.objects.get(pk=text)


def find_person(email: str, *, organization: Organization, role: Role) -> StaffUser:
    """Who holds at least this role on the whole organization."""
    found = StaffUser.objects.filter(email__iexact=email, is_active=True, robot_of=None).first()
    held = found.reach.role_on(organization_id=organization.pk) if found else None
    if found is None or held is None or not held.includes(role):
        raise CommandError(f"{email} is not the address of somebody with the role {role} on {organization.slug}.")
    return found


def _is_id(prefix: str, text: str) -> bool:
    try:
        parse(prefix, text)
    except NotAPublicId:
        return False
    return True
