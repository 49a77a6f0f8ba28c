"""Why a customer can't be changed, merged or erased."""

from preo.errors import DomainError


class SameCustomer(DomainError):
    code = "same_customer"
    field = "duplicate_id"


class CustomerUnknown(DomainError):
    code = "customer_unknown"


class AlreadyMerged(DomainError):
    """`into` is the id of the customer who stayed."""

    code = "already_merged"

    def __init__(self, detail: str, *, into: str) -> None:
        super().__init__(detail)
        self.into = into


class OtherHasTheAddress(DomainError):
    code = "other_has_the_address"
    field = "duplicate_id"


class TooMuchMetadata(DomainError):
    code = "too_much_metadata"
    field = "duplicate_id"


class CustomerErased(DomainError):
    code = "customer_erased"


class ErasureAsked(DomainError):
    code = "erasure_asked"


class NamesTheCustomer(DomainError):
    code = "names_the_customer"
    field = "reason"


class NeedsSecondPerson(DomainError):
    code = "needs_second_person"


class RefundUnderWay(DomainError):
    code = "refund_under_way"


class MailUnderWay(DomainError):
    code = "mail_under_way"


class ProviderEventUnclear(DomainError):
    code = "provider_event_unclear"


class EmailTaken(DomainError):
    code = "email_taken"
    field = "email"


class EmailNotAvailable(DomainError):
    code = "email_not_available"
    field = "email"
