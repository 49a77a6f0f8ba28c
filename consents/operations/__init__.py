"""Every write to consents, split by verb."""

from consents.operations.answering import Answer, ConsentDisabled, CustomerUnknown, record_answer, record_answers
from consents.operations.holding import ConsentGone, ConsentPublished, hold_consent
from consents.operations.ordering import arrange_consents
from consents.operations.publishing import ConsentUnreadable, publish_consent
from consents.operations.removing import ConsentAnswered, ConsentHasLaterVersion, remove_consent, why_not_remove
from consents.operations.soundness import FREE, LONGEST_TEXT, SETTINGS, TEXTS
from consents.operations.versions import ConsentNotPublished, VersionInPreparation, create_version
from consents.operations.writing import change_consent, create_consent

__all__ = [
    "FREE",
    "LONGEST_TEXT",
    "SETTINGS",
    "TEXTS",
    "Answer",
    "ConsentAnswered",
    "ConsentDisabled",
    "ConsentGone",
    "ConsentHasLaterVersion",
    "ConsentNotPublished",
    "ConsentPublished",
    "ConsentUnreadable",
    "CustomerUnknown",
    "VersionInPreparation",
    "arrange_consents",
    "change_consent",
    "create_consent",
    "create_version",
    "hold_consent",
    "publish_consent",
    "record_answer",
    "record_answers",
    "remove_consent",
    "why_not_remove",
]
