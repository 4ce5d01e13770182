"""Keep the words deals are found by, by triggers, so that COPY, bulk writes and merged customers count too."""

import django.db.models.deletion
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# what leads.texts.unaccented does; a test compares them
FOLDED = """
CREATE FUNCTION folded(said text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog AS $$
    SELECT CASE WHEN said ~ '^[\\x01-\\x7f]*$' THEN lower(said) ELSE normalize(translate(
        replace(replace(replace(replace(
            regexp_replace(normalize(translate(lower(said), 'ς', 'σ'), NFKD), '[\\u0300-\\u036f]', '', 'g'),
            'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
        'øđłðıħŧŋ', 'odldihtn'), NFC) END
$$;
"""
WORDS = """
CREATE FUNCTION opportunities_keep_words(deals bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO opportunities_dealsearch AS kept (opportunity_id, search)
    SELECT o.id, folded(concat_ws(' ', o.name, company.name, contact.name))
    FROM opportunities_opportunity o LEFT JOIN customers_company company ON company.id = o.company_id
    LEFT JOIN customers_contact contact ON contact.id = o.contact_id
    WHERE o.id = ANY (deals) ORDER BY o.id
    ON CONFLICT (opportunity_id) DO UPDATE SET search = excluded.search WHERE kept.search <> excluded.search
$$;
CREATE FUNCTION opportunities_words_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM opportunities_keep_words((SELECT array_agg(id) FROM now_rows));
    RETURN NULL;
END $$;
CREATE FUNCTION opportunities_words_of_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM opportunities_keep_words(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE FUNCTION opportunities_words_of_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'customers_company' THEN
        PERFORM opportunities_keep_words((SELECT array_agg(id) FROM opportunities_opportunity WHERE company_id = NEW.id));
    ELSE
        PERFORM opportunities_keep_words((SELECT array_agg(id) FROM opportunities_opportunity WHERE contact_id = NEW.id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER words_of_new AFTER INSERT ON opportunities_opportunity
    REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_words_of_new();
CREATE TRIGGER words_of_one AFTER UPDATE OF name, company_id, contact_id ON opportunities_opportunity FOR EACH ROW
    WHEN ((OLD.name, OLD.company_id, OLD.contact_id) IS DISTINCT FROM (NEW.name, NEW.company_id, NEW.contact_id))
    EXECUTE FUNCTION opportunities_words_of_one();
CREATE TRIGGER words_of_customer AFTER UPDATE OF name ON customers_company FOR EACH ROW
    WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION opportunities_words_of_customer();
CREATE TRIGGER words_of_customer AFTER UPDATE OF name ON customers_contact FOR EACH ROW
    WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION opportunities_words_of_customer();
"""
NO_WORDS = """
DROP TRIGGER words_of_customer ON customers_contact;
DROP TRIGGER words_of_customer ON customers_company;
DROP TRIGGER words_of_one ON opportunities_opportunity;
DROP TRIGGER words_of_new ON opportunities_opportunity;
DROP FUNCTION opportunities_words_of_customer();
DROP FUNCTION opportunities_words_of_one();
DROP FUNCTION opportunities_words_of_new();
DROP FUNCTION opportunities_keep_words(bigint[]);
"""
GO_ALONG = """
ALTER TABLE opportunities_dealsearch ADD CONSTRAINT words_of_a_deal FOREIGN KEY (opportunity_id)
    REFERENCES opportunities_opportunity (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
"""
PART = 10_000  # deals whose words are written at once


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM opportunities_opportunity")
        for start in range(0, cursor.fetchone()[0] + 1, PART):
            cursor.execute(
                "SELECT opportunities_keep_words((SELECT array_agg(id) FROM opportunities_opportunity WHERE id BETWEEN %s AND %s))",
                [start, start + PART - 1],
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0001_initial"), ("customers", "0001_initial"), ("opportunities", "0004_events_go_along")]
    operations = [
        migrations.CreateModel(
            name="DealSearch",
            fields=[
                ("opportunity", models.OneToOneField(
                    db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name="+", serialize=False,
                    to="opportunities.opportunity",
                )),
                ("search", models.TextField()),
            ],
        ),
        migrations.RunSQL(GO_ALONG, migrations.RunSQL.noop),
        migrations.RunSQL(FOLDED, "DROP FUNCTION folded(text);"),
        migrations.RunSQL(WORDS, NO_WORDS),
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="dealsearch",
            index=GinIndex(OpClass(models.F("search"), "gin_trgm_ops"), name="deal_search"),
        ),
    ]
