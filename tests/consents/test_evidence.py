"""What is hashed, held against what any other program makes of the same words."""

import hashlib

from consents.evidence import shown, text_sha256
from consents.models import Consent

CONSENT = Consent(
    consent_text={"en": "I agree.", "da": "Jeg er på."}, document_url={"en": "https://ours.example/terms", "pl": "p"}
)


def test_text_sha256_is_of_the_text_a_zero_byte_and_the_address_in_utf_8() -> None:
    assert text_sha256(CONSENT, language="en") == hashlib.sha256(b"I agree.\x00https://ours.example/terms").hexdigest()
    assert text_sha256(CONSENT, language="da") == hashlib.sha256(b"Jeg er p\xc3\xa5.\x00").hexdigest()


def test_text_sha256_tells_a_text_from_an_address() -> None:
    text, address = Consent(consent_text={"en": "https://a.example"}), Consent(document_url={"en": "https://a.example"})

    assert text_sha256(text, language="en") != text_sha256(address, language="en")


def test_shown_is_what_is_written_in_the_language() -> None:
    assert [shown(CONSENT, language=code) for code in ("da", "pl", "nl")] == [("Jeg er på.", ""), ("", "p"), ("", "")]
