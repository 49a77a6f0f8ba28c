"""What customers answered: evidence, so that rows are added and never changed or removed."""

from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from consents.choices import AnswerChannel, AnswerState
from consents.models.consents import Consent
from editions.choices import Language
from preo.accounts.models import OrganizationCustomer, StaffUser
from preo.api.scoping import ScopedQuerySet
from preo.firm_triggers import FirmTrigger, never_changed, never_emptied
from preo.history import Place, keep_history
from preo.public_ids import PublicIdField

_ADDED: Any = pgtrigger.Referencing(new="added")  # type: ignore[no-untyped-call]  # the library's


class ConsentAnswerQuerySet(ScopedQuerySet["ConsentAnswer"]):
    organization_field = "consent__organization_id"
    edition_field = "consent__edition_id"

    def that_hold(self) -> Self:
        """Those that nothing newer of the same customer, to any version of the same consent, stands against.

        A customer that others were merged into has several `known`, whose answers count together.
        """
        return self.filter(~_newer())

    def overtaken(self) -> Self:
        """The others, which are history."""
        return self.filter(_newer())

    def in_full(self) -> Self:
        """With the version that was answered, the customer as known, the origin and who recorded it."""
        return self.select_related("consent", "known", "origin", "recorded_by")

    def given(self) -> Self:
        return self.filter(state=AnswerState.GIVEN)


def _newer() -> models.Exists:
    same = {"line": models.OuterRef("line"), "known__customer": models.OuterRef("known__customer")}
    later = models.Q(answered_at__gt=models.OuterRef("answered_at"))
    later |= models.Q(answered_at=models.OuterRef("answered_at"), pk__gt=models.OuterRef("pk"))
    return models.Exists(ConsentAnswer.objects.filter(later, **same))


@keep_history(
    Place(
        "consent.organization_id",
        "consent.edition_id",
        "LEFT JOIN consents_consent consent ON consent.id = row.consent_id",
    ),
    inserts_in_full=False,
)
class ConsentAnswer(models.Model):
    """That a customer gave or withdrew a consent, and in which version and language they read it.

    `known` is the customer as the consent's organization knows it, which a merge or an erasure moves. `line` is the
    first version of the consent, which all its versions share; the newest answer of a customer within a line is what
    holds. `text_sha256` is of what was shown, see consents/evidence.py, which the database holds it against. `created`
    is when the database took it, whatever it was told.
    """

    id = PublicIdField(prefix="ans")
    known = models.ForeignKey(OrganizationCustomer, models.PROTECT, related_name="consent_answers", db_index=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="answers")
    line = models.ForeignKey(Consent, models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=AnswerState.choices)
    version = models.PositiveIntegerField()
    text_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=2, choices=Language.choices)
    channel = models.CharField(max_length=10, choices=AnswerChannel.choices)
    answered_at = models.DateTimeField()
    recorded_by = models.ForeignKey(StaffUser, models.PROTECT, null=True, blank=True, related_name="+")
    created = models.DateTimeField(db_default=Now(), editable=False)

    objects = ConsentAnswerQuerySet.as_manager()

    class Meta:
        ordering = ("-answered_at", "-id")
        triggers: ClassVar = [
            never_changed("answer_stays_as_it_is", pgtrigger.Update | pgtrigger.Delete),
            never_emptied("answers_are_never_emptied"),
            FirmTrigger(
                name="answer_is_recorded_when_it_is",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="NEW.created := statement_timestamp(); RETURN NEW;",
            ),
            FirmTrigger(
                name="answer_is_to_a_published_version",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=_ADDED,
                func="""
                    IF EXISTS (
                        SELECT FROM added
                        JOIN consents_consent consent ON consent.id = added.consent_id
                        JOIN accounts_organizationcustomer known ON known.id = added.known_id
                        WHERE NOT consent.published OR consent.version <> added.version
                            OR coalesce(consent.first_id, consent.id) <> added.line_id
                            OR consent.organization_id <> known.organization_id
                    ) THEN
                        RAISE EXCEPTION 'An answer is to a published version, by a customer of its organization';
                    END IF;
                    RETURN NULL;
                """,
            ),
            FirmTrigger(
                name="answer_is_to_what_its_version_shows",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=_ADDED,
                func="""
                    IF EXISTS (
                        SELECT FROM (SELECT DISTINCT consent_id, language, text_sha256 FROM added) said
                        JOIN consents_consent consent ON consent.id = said.consent_id
                        CROSS JOIN LATERAL (
                            SELECT coalesce(consent.consent_text ->> said.language, '') AS text,
                                coalesce(consent.document_url ->> said.language, '') AS address
                        ) shown
                        WHERE (shown.text = '' AND shown.address = '') OR said.text_sha256 <> encode(sha256(
                            convert_to(shown.text, 'UTF8') || '\\x00'::bytea || convert_to(shown.address, 'UTF8')
                        ), 'hex')
                    ) THEN
                        RAISE EXCEPTION 'An answer is to what its version shows in its language';
                    END IF;
                    RETURN NULL;
                """,
            ),
            FirmTrigger(
                name="answer_is_dated_after_its_version_and_not_ahead",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=_ADDED,
                func="""
                    IF EXISTS (
                        SELECT FROM added JOIN consents_consent consent ON consent.id = added.consent_id
                        WHERE added.answered_at < consent.published_date
                            OR added.answered_at > added.created + interval '60 seconds'
                    ) THEN
                        RAISE EXCEPTION 'An answer is dated after its version was published, and not ahead of time';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=AnswerState.values), name="answer_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(channel__in=AnswerChannel.values), name="answer_channel_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(text_sha256__regex=r"^[0-9a-f]{64}$"), name="answer_has_a_sha256"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["known", "line", "-answered_at", "-id"], name="answer_that_holds"),
            models.Index(fields=["line", "known", "-answered_at", "-id"], name="answer_of_line"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.consent_id}"


class ConsentAnswerOrigin(models.Model):
    """Where an answer came from, apart from it: an erasure removes this, and the answer stays."""

    answer = models.OneToOneField(ConsentAnswer, models.PROTECT, primary_key=True, related_name="origin")
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=500, blank=True)

    class Meta:
        triggers: ClassVar = [
            never_changed("origin_stays_as_it_is", pgtrigger.Update),
            never_emptied("origins_are_never_emptied"),
            FirmTrigger(
                name="origin_goes_with_an_erasure_alone",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM consents_consentanswer answer
                        JOIN accounts_organizationcustomer known ON known.id = answer.known_id
                        WHERE answer.id = OLD.answer_id AND known.erased_at IS NOT NULL
                    ) THEN
                        RAISE EXCEPTION 'The origin of an answer is removed when the customer is erased, and not before';
                    END IF;
                    RETURN OLD;
                """,  # noqa: E501  a migration has it word for word
            ),
        ]

    def __str__(self) -> str:
        return f"Of {self.answer_id}"
