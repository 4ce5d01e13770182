"""A function of the owner's that removes demo rows, and only those, with all that hangs on them."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION remove_rows_with_all(target regclass, ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    ref record;
    below bigint[];
BEGIN
    IF coalesce(cardinality(ids), 0) = 0 THEN RETURN; END IF;
    FOR ref IN
        SELECT c.conrelid::regclass AS child, quote_ident(a.attname) AS col, a.attnotnull AS needed,
               EXISTS (SELECT 1 FROM pg_attribute k WHERE k.attrelid = c.conrelid AND k.attname = 'id') AS has_id
        FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid = target AND cardinality(c.conkey) = 1
    LOOP
        IF NOT ref.needed THEN
            EXECUTE format('UPDATE %s SET %s = NULL WHERE %s = ANY ($1)', ref.child, ref.col, ref.col) USING ids;
        ELSIF ref.has_id THEN
            EXECUTE format('SELECT array_agg(id) FROM %s WHERE %s = ANY ($1)', ref.child, ref.col) INTO below USING ids;
            PERFORM remove_rows_with_all(ref.child, below);
        ELSE
            EXECUTE format('DELETE FROM %s WHERE %s = ANY ($1)', ref.child, ref.col) USING ids;
        END IF;
    END LOOP;
    EXECUTE format('DELETE FROM %s WHERE id = ANY ($1)', target) USING ids;
END $$;

CREATE FUNCTION remove_demo_data() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    leads bigint[];
    deals bigint[];
    contacts bigint[];
    companies bigint[];
    entries bigint[];
    closed bigint[];
BEGIN
    -- the field history goes with its record; its guards know the triggers by name
    PERFORM set_config('pgtrigger.ignore',
        (SELECT array_agg(tgname)::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only_%'), true);
    -- what real records were built on becomes real
    UPDATE opportunities_opportunity o SET is_demo = false WHERE is_demo AND EXISTS (
        SELECT 1 FROM opportunities_conversion c JOIN leads_lead l ON l.id = c.lead_id
        WHERE c.opportunity_id = o.id AND NOT l.is_demo);
    UPDATE customers_contact k SET is_demo = false WHERE is_demo AND (
        EXISTS (SELECT 1 FROM opportunities_opportunity o WHERE o.contact_id = k.id AND NOT o.is_demo)
        OR EXISTS (SELECT 1 FROM leads_lead l WHERE l.contact_id = k.id AND NOT l.is_demo));
    UPDATE customers_company f SET is_demo = false WHERE is_demo AND (
        EXISTS (SELECT 1 FROM opportunities_opportunity o WHERE o.company_id = f.id AND NOT o.is_demo)
        OR EXISTS (SELECT 1 FROM customers_contact k WHERE k.company_id = f.id AND NOT k.is_demo)
        OR EXISTS (SELECT 1 FROM leads_lead l WHERE l.company_id = f.id AND NOT l.is_demo));
    SELECT coalesce(array_agg(id), '{}') INTO leads FROM leads_lead WHERE is_demo;
    SELECT coalesce(array_agg(id), '{}') INTO deals FROM opportunities_opportunity WHERE is_demo;
    SELECT coalesce(array_agg(id), '{}') INTO contacts FROM customers_contact WHERE is_demo;
    SELECT coalesce(array_agg(id), '{}') INTO companies FROM customers_company WHERE is_demo;
    SELECT coalesce(array_agg(id), '{}') INTO entries FROM capture_submission WHERE is_demo;
    -- a conversion goes with its lead; its deal, when not a demo one, stays
    SELECT coalesce(array_agg(id), '{}') INTO closed FROM opportunities_conversion
        WHERE lead_id = ANY (leads) OR opportunity_id = ANY (deals);
    PERFORM remove_rows_with_all('opportunities_conversion', closed);
    PERFORM remove_rows_with_all('capture_submission', entries);
    UPDATE leads_lead SET merged_into_id = NULL, merged_at = NULL, archived_at = coalesce(archived_at, now())
        WHERE merged_into_id = ANY (leads) AND NOT is_demo;
    UPDATE leads_lead SET merged_into_id = NULL, merged_at = NULL, apart_from_id = NULL, contact_id = NULL, company_id = NULL,
        archived_at = now() WHERE id = ANY (leads);
    PERFORM remove_rows_with_all('leads_lead', leads);
    PERFORM remove_rows_with_all('opportunities_opportunity', deals);
    PERFORM remove_rows_with_all('customers_contact', contacts);
    PERFORM remove_rows_with_all('customers_company', companies);
    DELETE FROM leads_leadfieldhistory WHERE pgh_obj_id = ANY (leads);
    DELETE FROM opportunities_opportunityfieldhistory WHERE pgh_obj_id = ANY (deals);
    DELETE FROM customers_contactfieldhistory WHERE pgh_obj_id = ANY (contacts);
    DELETE FROM customers_companyfieldhistory WHERE pgh_obj_id = ANY (companies);
    DELETE FROM capture_webform WHERE is_demo AND NOT EXISTS (
        SELECT 1 FROM capture_submission s WHERE s.web_form_id = capture_webform.id);
    RETURN jsonb_build_object('leads', cardinality(leads), 'opportunities', cardinality(deals),
                              'contacts', cardinality(contacts), 'companies', cardinality(companies));
END $$;
REVOKE ALL ON FUNCTION remove_rows_with_all(regclass, bigint[]) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("capture", "0001_initial"), ("opportunities", "0001_initial"), ("leads", "0001_initial"), ("customers", "0001_initial"),
        ("scoring", "0001_initial"), ("assignment", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION remove_demo_data(); DROP FUNCTION remove_rows_with_all(regclass, bigint[]);")
    ]
