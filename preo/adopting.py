"""How the history that was kept table by table became part of the audit trail: once, in migrations."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from preo.public_ids import decode

KEPT_NEW = frozenset({"RefundRequestEvent"})
"""Those whose rows are what a change led to; the others are what there was before it."""
TOLD_BY_A_TOUCH = "cancel_refund"
"""The operation whose only trace may be when the row was last touched."""
PERSONAL = {
    "CustomerEvent": ("full_name", "email", "phone_number", "metadata"),
    "OrderEvent": ("customer_id", "metadata", "external_id"),
    "PurchaseEvent": ("customer_id", "metadata"),
}
OF_EDITION = "LEFT JOIN editions_edition place ON place.id = (state ->> 'edition_id')::uuid"
OF_PRODUCT = (
    "LEFT JOIN editions_product product ON product.id = (state ->> 'product_id')::uuid "
    "LEFT JOIN editions_edition place ON place.id = product.edition_id"
)
OF_ORDER = "LEFT JOIN orders_order place ON place.id = (state ->> 'order_id')::uuid"
OWN = ("(state ->> 'organization_id')::uuid", "(state ->> 'edition_id')::uuid", "")
AT_EDITION = ("place.organization_id", "place.id", OF_EDITION)
PLACES = {
    "OrganizationEvent": ("object", "NULL::uuid", ""),
    "StaffUserEvent": ("(state ->> 'robot_of_id')::uuid", "NULL::uuid", ""),
    "CustomerEvent": (
        "known.organization_id",
        "NULL::uuid",
        "LEFT JOIN accounts_organizationcustomer known ON known.customer_id = object",
    ),
    "EditionEvent": ("(state ->> 'organization_id')::uuid", "object", ""),
    "VariantEvent": ("place.organization_id", "place.id", OF_PRODUCT),
    "OptionEvent": ("place.organization_id", "place.id", OF_PRODUCT),
    "TransactionEvent": ("place.organization_id", "place.edition_id", OF_ORDER),
    "PurchaseEvent": ("place.organization_id", "place.edition_id", OF_ORDER),
    "OutsideMovementEvent": (
        "place.organization_id",
        "place.edition_id",
        (
            "LEFT JOIN orders_transaction paid ON paid.id = (state ->> 'transaction_id')::uuid "
            "LEFT JOIN orders_order place ON place.id = paid.order_id"
        ),
    ),
    **dict.fromkeys(
        (
            "CategoryEvent",
            "CouponEvent",
            "EditionMembershipEvent",
            "LocationEvent",
            "PassDesignEvent",
            "ProductEvent",
            "TriggerEvent",
            "VendorParticipationEvent",
        ),
        AT_EDITION,
    ),
}


class AdoptHistory(Operation):
    """Tells the audit trail what these history tables know, and drops them."""

    reversible = False

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for name in self.names:
            state.remove_model(app_label, name.lower())

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        with schema_editor.connection.cursor() as cursor:
            _name_rows(cursor)
            for name in self.names:
                table = f"{app_label}_{name.lower()}"
                cursor.execute(_telling(app_label, name, table))
                cursor.execute(f'DROP TABLE "{table}"')

    def describe(self) -> str:
        return f"Tell the audit trail of {', '.join(self.names)}"


def _name_rows(cursor: Any) -> None:
    """A table of the moment from what the old history called people, and rows that it noted things of, to uuids."""
    cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS audit_named (name text PRIMARY KEY, id uuid)")
    cursor.execute(
        "SELECT metadata ->> 'staff_user' FROM pghistory_context WHERE metadata ->> 'staff_user' <> ''"
        " UNION SELECT jsonb_object_keys(metadata -> 'notes') FROM pghistory_context"
        " EXCEPT SELECT name FROM audit_named"
    )
    named = [(name, decode(name)[1]) for (name,) in cursor.fetchall()]
    cursor.executemany("INSERT INTO audit_named VALUES (%s, %s)", named)


def _telling(app_label: str, name: str, table: str) -> str:
    model = name.removesuffix("Event").lower()
    kind = f"{app_label}.{model}"
    organization, edition, joins = PLACES.get(name, OWN)
    personal = ", ".join(f"'{column}'" for column in PERSONAL.get(name, ()))
    customer = {"CustomerEvent": "object", "OrderEvent": "(state ->> 'customer_id')::uuid"}.get(
        name, "(state ->> 'customer_id')::uuid"
    )
    if name in KEPT_NEW:
        before, after = "coalesce(earlier, '{}')", "state"
    else:
        before = "CASE pgh_label WHEN 'insert' THEN '{}' ELSE state END"
        after = "CASE pgh_label WHEN 'insert' THEN state ELSE coalesce(later, state || live) END"
    return f"""
        SELECT audit_record(
            pgh_label, '{kind}', {organization}, {edition}, object, {customer if personal else "NULL::uuid"},
            CASE pgh_label WHEN 'delete' THEN state ELSE {before} END,
            CASE pgh_label WHEN 'delete' THEN '{{}}' ELSE {after} END,
            ARRAY[]::text[], ARRAY[{personal}]::text[],
            CASE acting ->> 'operation' WHEN '{TOLD_BY_A_TOUCH}' THEN ARRAY['id', 'created', 'search_text']
                ELSE ARRAY['id', 'created', 'search_text', 'modified'] END, true,
            acting, pgh_created_at, number
        )
        FROM (
            SELECT pgh_label, pgh_created_at, pgh_obj_id AS object,
                {_state("event")} AS state,
                lag({_state("event")}) OVER of_row AS earlier,
                lead({_state("event")}) OVER of_row AS later,
                (SELECT coalesce(jsonb_object_agg(key, value), '{{}}') FROM jsonb_each(to_jsonb(now.*))
                 WHERE to_jsonb(event.*) ? key) AS live,
                ('x' || left(md5(coalesce(pgh_context_id::text, pgh_id::text)), 15))::bit(60)::bigint AS number,
                jsonb_strip_nulls(jsonb_build_object(
                    'operation', coalesce(context.metadata ->> 'operation', 'change'),
                    'staff_user', people.id,
                    'request_id', context.metadata ->> 'request_id',
                    'notes', (
                        SELECT jsonb_object_agg(noted.id, note.value)
                        FROM jsonb_each(context.metadata -> 'notes') note
                        JOIN audit_named noted ON noted.name = note.key
                    )
                )) AS acting,
                pgh_id
            FROM "{table}" event
            LEFT JOIN "{app_label}_{model}" now ON now.id = event.pgh_obj_id
            LEFT JOIN pghistory_context context ON context.id = event.pgh_context_id
            LEFT JOIN audit_named people ON people.name = context.metadata ->> 'staff_user'
            WINDOW of_row AS (PARTITION BY pgh_obj_id ORDER BY pgh_id)
        ) steps {joins}
        ORDER BY pgh_id
    """  # noqa: S608  # made of the source's own words alone


def _state(row: str) -> str:
    columns = ", ".join(
        f"'{name}'" for name in ("pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context_id")
    )
    return f"(to_jsonb({row}.*) - ARRAY[{columns}])"
