"""An edition in which something was ordered keeps its currency, whoever writes it."""

from django.db import migrations

CREATE = """
CREATE FUNCTION edition_currency_is_frozen_once_ordered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM orders_order WHERE edition_id = OLD.id) THEN
        RAISE EXCEPTION 'the currency of an edition with orders stays'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'edition_currency_is_frozen_once_ordered';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER edition_currency_is_frozen_once_ordered
BEFORE UPDATE OF currency ON editions_edition
FOR EACH ROW WHEN (OLD.currency IS DISTINCT FROM NEW.currency)
EXECUTE FUNCTION edition_currency_is_frozen_once_ordered();
"""

DROP = """
DROP TRIGGER edition_currency_is_frozen_once_ordered ON editions_edition;
DROP FUNCTION edition_currency_is_frozen_once_ordered();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("editions", "0004_catalog_keeps_its_history"),
        ("orders", "0002_order_has_the_organization_of_its_edition"),
    ]

    operations = [migrations.RunSQL(CREATE, DROP)]
