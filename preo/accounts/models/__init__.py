from preo.accounts.models.customer_data import CustomerExport as CustomerExport
from preo.accounts.models.customer_data import Erasure as Erasure
from preo.accounts.models.customers import Customer as Customer
from preo.accounts.models.customers import OrganizationCustomer as OrganizationCustomer
from preo.accounts.models.people import Membership as Membership
from preo.accounts.models.people import Organization as Organization
from preo.accounts.models.people import ServiceToken as ServiceToken
from preo.accounts.models.people import StaffUser as StaffUser
