"""What operations are called."""

import pytest

from preo.audit.models import AuditEvent
from preo.audit.wording import called_with, operation_in_words


@pytest.mark.parametrize(
    ("operation", "kind", "words"),
    [
        ("_write_rows", "editions.category", "Write categories"),
        ("_write_rows", "refunds.refundpolicy", "Write refund policies"),
        ("change_row", "editions.location", "Change pickup point"),
        ("remove_row", "gone.kind", "Remove row"),
        ("record_answer", "consents.consentanswer", "Answer to a consent recorded"),
        ("record_answer", "refunds.refundrequest", "Answer of the payment provider noted"),
        ("record_sent", "preo_mail.outgoingmail", "Mail sent"),
        ("change_customer", "accounts.customer", "Change customer"),
        ("", "accounts.customer", "Changed"),
    ],
)
def test_operation_in_words(operation, kind, words):
    assert operation_in_words(AuditEvent(operation=operation, object_type=kind, action="update")) == words


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("erasure", "Erasure of usr_1", "Erasure of usr_1"),
        ("order", "1001", "Order 1001"),
        ("event", "Eventful", "Event Eventful"),
    ],
)
def test_row_is_called_by_its_kind_once(kind, name, words):
    assert called_with(kind, name) == words
