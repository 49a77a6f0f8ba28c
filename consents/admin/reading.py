"""What customers read of a consent, and in which languages it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from consents.models import Consent
from editions.admin.products import languages_of as languages_of_edition
from editions.choices import Language
from editions.models import Edition
from preo.mail.languages import tag_of


@dataclass(frozen=True, slots=True)
class Reading:
    """What a customer reads in one language; the document is an address."""

    code: str
    language: str
    text: str
    document: str

    @property
    def tag(self) -> str:
        return tag_of(self.code)


def reading_of(consent: Consent) -> list[Reading]:
    """One for each language that something is written in, also where the edition has it no longer."""
    texts, documents = consent.consent_text, consent.document_url
    names = dict(languages_of(consent)) | dict(Language.choices)
    return [
        Reading(code, str(language), texts.get(code, ""), documents.get(code, ""))
        for code, language in names.items()
        if texts.get(code) or documents.get(code)
    ]


def languages_of(consent: Consent) -> Sequence[tuple[str, str]]:
    """Code and name: those of the edition; otherwise of any edition of the organization; and what is written."""
    if edition := edition_of(consent):
        return languages_of_edition(edition)
    editions = Edition.objects.filter(organization=consent.organization_id, is_archived=False)
    enabled = {code for codes in editions.values_list("enabled_languages", flat=True) for code in codes}
    wanted = enabled | consent.consent_text.keys() | consent.document_url.keys()
    return [(code, str(name)) for code, name in Language.choices if code in wanted or not enabled]


def edition_of(consent: Consent) -> Edition | None:
    """The one edition in which it is asked, by itself or by its products."""
    if consent._state.adding or consent.edition:
        return consent.edition
    product: Any = consent.products.select_related("edition").first()
    return product.edition if product else None
