"""What customers are written, and from whom it comes."""

from editions.choices import EmailType, Severity
from editions.healthcheck.places import rows_of, tab
from editions.healthcheck.registry import Category, Noted, Rows, check
from editions.healthcheck.setup import Setup
from editions.healthcheck.texts import languages_missing
from editions.healthcheck.trying import why_not_made
from editions.models import EmailMessage

MESSAGES = tab("messages")
RECEIPTS = (EmailType.RECEIPT, EmailType.RECEIPT_ONLINE)
MEND = "Mend the text at the place named beside the message."


@check(
    Category.EMAILS,
    Severity.CRITICAL,
    message="No receipt is chosen, so that customers would get no confirmation of what they bought.",
    suggestion="Choose the message that is sent as the receipt.",
    place=MESSAGES,
)
def receipt_is_set(setup: Setup) -> Rows:
    """Customers get a receipt."""
    if setup.edition.transaction_receipt_email is None:
        yield setup.edition


@check(
    Category.EMAILS,
    Severity.CRITICAL,
    message="The receipt {names} lacks a subject or texts in the default language.",
    suggestion="Write the subject and every block of the message in the default language.",
    place=rows_of(EmailMessage),
)
def receipt_is_written(setup: Setup) -> Rows:
    """The receipt has a subject and content in the default language."""
    receipt = setup.edition.transaction_receipt_email
    if receipt and languages_missing(receipt, [setup.default_language]):
        yield receipt


@check(
    Category.EMAILS,
    Severity.CRITICAL,
    message="No receipt would reach customers, because the message can't be made: {names}.",
    suggestion=MEND,
    place=rows_of(EmailMessage),
)
def receipt_can_be_made(setup: Setup) -> Rows:
    """The receipt can be made of an order of many lines, in every language."""
    receipt = setup.edition.transaction_receipt_email
    if receipt and (why_not := why_not_made(receipt, setup, type_=EmailType.RECEIPT)):
        yield Noted(receipt, why_not)


@check(
    Category.EMAILS,
    Severity.WARNING,
    message="{names} is sent as the receipt and is no receipt by its type.",
    suggestion="Choose a message of the type receipt.",
    place=MESSAGES,
)
def receipt_is_a_receipt(setup: Setup) -> Rows:
    """What is sent as the receipt is a message of that type."""
    receipt = setup.edition.transaction_receipt_email
    if receipt and receipt.type not in RECEIPTS:
        yield receipt


@check(
    Category.EMAILS,
    Severity.WARNING,
    message="No refund confirmation is chosen, so that customers hear nothing of their refunds.",
    suggestion="Choose the message that is sent when a refund has been paid.",
    place=MESSAGES,
)
def refund_confirmation_is_set(setup: Setup) -> Rows:
    """Customers hear when a refund has been paid."""
    if setup.edition.refund_confirmation_email is None:
        yield setup.edition


@check(
    Category.EMAILS,
    Severity.WARNING,
    message="The refund confirmation {names} lacks a subject or texts in the default language.",
    suggestion="Write the subject and every block of the message in the default language.",
    place=rows_of(EmailMessage),
)
def refund_confirmation_is_written(setup: Setup) -> Rows:
    """The refund confirmation has a subject and content in the default language."""
    confirmation = setup.edition.refund_confirmation_email
    if confirmation and languages_missing(confirmation, [setup.default_language]):
        yield confirmation


@check(
    Category.EMAILS,
    Severity.WARNING,
    message="Customers would hear nothing of their refunds, because the message can't be made: {names}.",
    suggestion=MEND,
    place=rows_of(EmailMessage),
)
def refund_confirmation_can_be_made(setup: Setup) -> Rows:
    """The refund confirmation can be made of an order of many lines, in every language."""
    confirmation = setup.edition.refund_confirmation_email
    if confirmation and (why_not := why_not_made(confirmation, setup, type_=EmailType.REFUND_CONFIRMATION)):
        yield Noted(confirmation, why_not)


@check(
    Category.EMAILS,
    Severity.WARNING,
    message="{names} is sent as the refund confirmation and is none by its type.",
    suggestion="Choose a message of the type refund confirmation.",
    place=MESSAGES,
)
def refund_confirmation_is_one(setup: Setup) -> Rows:
    """What is sent as the refund confirmation is a message of that type."""
    confirmation = setup.edition.refund_confirmation_email
    if confirmation and confirmation.type != EmailType.REFUND_CONFIRMATION:
        yield confirmation


@check(
    Category.EMAILS,
    Severity.CRITICAL,
    message="E-mails would come from {notes}, which is on no verified domain of the organization, and bounce.",
    suggestion="Have the domain verified, or enter an address on a verified one.",
    place=MESSAGES,
)
def sender_address_is_verified(setup: Setup) -> Rows:
    """The sender's address is on a verified domain."""
    address = setup.edition.email_sender_address
    if address and address.rpartition("@")[2].lower() not in setup.verified_domains:
        yield Noted(setup.edition, address)


@check(
    Category.EMAILS,
    Severity.INFO,
    message="E-mails show no sender's name.",
    suggestion="Enter the name that customers see as the sender, such as that of the event.",
    place=MESSAGES,
)
def sender_name_is_set(setup: Setup) -> Rows:
    """E-mails show the sender's name."""
    if not setup.edition.email_sender_name.strip():
        yield setup.edition


@check(
    Category.EMAILS,
    Severity.INFO,
    message="Answers of customers go nowhere in particular.",
    suggestion="Enter the address that customers' answers should reach.",
    place=MESSAGES,
)
def reply_to_is_set(setup: Setup) -> Rows:
    """Answers of customers reach somebody."""
    if not setup.edition.email_reply_to:
        yield setup.edition
