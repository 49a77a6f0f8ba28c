"""What the organizations of the seed ask customers to agree to, and what customers answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from psycopg import Connection

from consents.choices import ConsentType
from consents.evidence import text_sha256
from consents.models import Consent, ConsentAnswer, ConsentAnswerOrigin
from editions.choices import Language
from preo.accounts.models import Organization
from preo.demo.seeding.drafts import SINCE, Draft
from preo.demo.seeding.letters import MARKETING, TERMS, Texts
from preo.demo.seeding.moments import DAY, Calendar
from preo.demo.seeding.random_ids import ANCHOR_MS, Ids
from preo.public_ids import decode

ANSWERED = tuple(model._meta.db_table for model in (ConsentAnswer, ConsentAnswerOrigin))
"""The tables that fill_answers fills."""


@dataclass(frozen=True, slots=True)
class Line:
    """A consent through its versions, and when each was published."""

    type: ConsentType
    title: str
    texts: Sequence[Texts]
    since: Sequence[int]


LINES = (
    Line(ConsentType.TERMS, "Terms of sale", TERMS, (SINCE, -100 * DAY)),
    Line(ConsentType.MARKETING, "News and offers", MARKETING, (SINCE, -40 * DAY)),
)

# Chance is in the ids of what organizations know of customers, which repeat with the seed. Whoever ordered accepted
# the terms of that day, and those of another day who came back after they changed; some like to get mail, and some of
# these have had enough of it since.
_ANSWER = """
    WITH asked AS (
        SELECT * FROM jsonb_to_recordset(%(asked)s) AS asked (
            id uuid, line uuid, organization uuid, staff uuid, type text, version int,
            since timestamptz, until timestamptz, words jsonb
        )
    ), people AS (
        SELECT known.id, known.organization_id, known.first_order_at, known.last_order_at,
            uuid_send(known.id) AS chance,
            CASE customer.locale WHEN 'sv' THEN 'se' WHEN 'da' THEN 'da' WHEN 'nl' THEN 'nl' WHEN 'pl' THEN 'pl'
                ELSE 'en' END AS language
        FROM accounts_organizationcustomer known JOIN accounts_customer customer ON customer.id = known.customer_id
        WHERE known.organization_id IN (SELECT organization FROM asked)
    ), said AS (
        SELECT people.*, 'terms' AS type, 'given' AS state, first_order_at AS at FROM people
        UNION ALL
        SELECT people.*, 'terms', 'given', last_order_at FROM people
        WHERE EXISTS (
            SELECT FROM asked WHERE asked.organization = people.organization_id AND asked.type = 'terms'
            AND asked.since > first_order_at AND asked.since <= last_order_at
        )
        UNION ALL
        SELECT people.*, 'marketing', 'given', first_order_at FROM people WHERE get_byte(chance, 15) < 140
        UNION ALL
        SELECT people.*, 'marketing', 'withdrawn',
            first_order_at + (%(as_of)s - first_order_at) * (get_byte(chance, 14) + 1) / 300.0
        FROM people WHERE get_byte(chance, 15) < 30
    ), answers AS (
        SELECT said.*, asked.id AS consent_id, line, version, staff, words ->> language AS sha,
            md5(said.id::text || asked.id::text || state || at::text) AS spread,
            CASE
                WHEN state = 'withdrawn' THEN (ARRAY['email', 'phone', 'web'])[get_byte(chance, 13) %% 3 + 1]
                ELSE (ARRAY['web', 'web', 'web', 'app', 'app', 'in_person'])[get_byte(chance, 13) %% 6 + 1]
            END AS channel
        FROM said JOIN asked ON asked.organization = said.organization_id AND asked.type = said.type
            AND at >= asked.since AND (asked.until IS NULL OR at < asked.until)
    )
    INSERT INTO consents_consentanswer (
        id, known_id, consent_id, line_id, state, version, text_sha256, language, channel, answered_at,
        recorded_by_id
    )
    SELECT (
            lpad(to_hex((%(anchor)s + extract(epoch FROM at - %(as_of)s) * 1000)::bigint), 12, '0')
            || '7' || substr(spread, 1, 3) || 'a' || substr(spread, 4, 15)
        )::uuid,
        id, consent_id, line, state, version, sha, language, channel, at,
        CASE WHEN channel IN ('phone', 'in_person') THEN staff END
    FROM answers ORDER BY at, id, type
"""
_ORIGIN = """
    INSERT INTO consents_consentanswerorigin (answer_id, ip_address, user_agent)
    SELECT answer.id, ('192.0.2.' || get_byte(uuid_send(answer.known_id), 12))::inet,
        CASE channel WHEN 'app' THEN 'Preo/4.2 (demo)' ELSE 'Mozilla/5.0 (demo)' END
    FROM consents_consentanswer answer JOIN consents_consent consent ON consent.id = answer.consent_id
    WHERE channel IN ('web', 'app') AND consent.organization_id = ANY(%s)
"""


def write_consents(draft: Draft, organization: Organization) -> None:
    """Each in two versions, the second of which is in force."""
    later = Ids(draft.ids.seed, f"later consents of {organization.slug}")
    for order, line in enumerate(LINES):
        values: dict[str, Any] = {"organization": organization, "title": line.title, "type": line.type, "order": order}
        values |= {"required": line.type == ConsentType.TERMS, "published": True}
        first = _version(draft, line, 0, values, id=draft.ids.typed("cns", SINCE))
        _version(draft, line, 1, values, id=later.typed("cns", line.since[1]), version=2, supersedes=first, first=first)


def _version(draft: Draft, line: Line, place: int, values: Mapping[str, Any], **others: Any) -> Consent:
    at = draft.calendar.at(line.since[place])
    text = dict(line.texts[place])
    return draft.keep(Consent(**values, consent_text=text, published_date=at, created=at, modified=at, **others))


def fill_answers(
    raw: Connection[Any], consents: Sequence[Consent], *, staff: Mapping[str, str], calendar: Calendar
) -> None:
    """What everybody whom these organizations know answered; `staff` is who recorded some of it, by organization."""
    asked = [_asked(consent, consents, staff[consent.organization_id]) for consent in consents]
    told = {"asked": orjson.dumps(asked).decode(), "as_of": calendar.as_of, "anchor": ANCHOR_MS}
    raw.execute(_ANSWER, told)
    raw.execute(_ORIGIN, [[decode(key)[1] for key in staff]])


def _asked(consent: Consent, consents: Sequence[Consent], staff: str) -> dict[str, Any]:
    later = next((other for other in consents if other.supersedes_id == consent.pk), None)
    return {
        "id": decode(consent.pk)[1],
        "line": decode(consent.line_id)[1],
        "organization": decode(consent.organization_id)[1],
        "staff": decode(staff)[1],
        "type": consent.type,
        "version": consent.version,
        "since": consent.published_date,
        "until": later and later.published_date,
        "words": {code: text_sha256(consent, language=code) for code in Language.values},
    }
