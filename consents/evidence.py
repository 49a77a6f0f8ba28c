"""What is kept of the words that a customer answered to."""

import hashlib

from consents.models import Consent


def shown(consent: Consent, *, language: str) -> tuple[str, str]:
    """The text and the address of the document in this language; either can be empty."""
    return consent.consent_text.get(language) or "", consent.document_url.get(language) or ""


def text_sha256(consent: Consent, *, language: str) -> str:
    """SHA-256, in hex, of what is shown in this language: the text, a zero byte and the document's address, in UTF-8.

    The zero byte, which neither can hold, keeps them apart. What is behind the address is not part of it.
    """
    text, address = shown(consent, language=language)
    return hashlib.sha256(f"{text}\0{address}".encode()).hexdigest()
