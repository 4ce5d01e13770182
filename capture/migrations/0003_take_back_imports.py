"""Let an undone import remove the leads it made, and nothing else: the app's role may not delete from the timeline.

The function is the database owner's. It removes only leads whose rows say that this import made them, never one that
was converted, and writes an audit entry. What refers to them goes along, or lets go where it may be without.
"""

from django.db import migrations

SQL = """
CREATE FUNCTION capture_remove_imported_leads(run bigint, wanted bigint[], actor bigint) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE ids bigint[]; found record;
BEGIN
    SELECT array_agg(DISTINCT row.lead_id) INTO ids FROM capture_importrow AS row
    JOIN capture_importrun AS import ON import.id = row.import_run_id AND import.step = 'undoing'
    WHERE row.import_run_id = run AND row.fate = 'created' AND row.lead_id = ANY(wanted)
      AND NOT EXISTS (SELECT FROM opportunities_conversion AS c WHERE c.lead_id = row.lead_id AND c.undone_at IS NULL)
      AND NOT EXISTS (SELECT FROM leads_lead AS other WHERE other.merged_into_id = row.lead_id);
    IF ids IS NULL THEN RETURN; END IF;
    FOR found IN
        SELECT conrelid::regclass AS child, attname AS key, attnotnull AS needed FROM pg_constraint
        JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND confrelid = 'leads_lead'::regclass AND conrelid <> 'leads_lead'::regclass
    LOOP
        IF found.needed THEN
            EXECUTE format('DELETE FROM %s WHERE %I = ANY($1)', found.child, found.key) USING ids;
        ELSE
            EXECUTE format('UPDATE %s SET %I = NULL WHERE %I = ANY($1)', found.child, found.key, found.key) USING ids;
        END IF;
    END LOOP;
    UPDATE leads_lead SET apart_from_id = NULL WHERE apart_from_id = ANY(ids);
    PERFORM set_config('pgtrigger.ignore', (SELECT array_agg(tgname)::text FROM pg_trigger
        WHERE tgrelid = 'leads_leadfieldhistory'::regclass AND NOT tgisinternal), true);
    DELETE FROM leads_leadfieldhistory WHERE pgh_obj_id = ANY(ids);
    PERFORM set_config('pgtrigger.ignore', '{}', true);
    DELETE FROM leads_lead WHERE id = ANY(ids);
    INSERT INTO core_auditentry (action, actor_id, target, details, request_id)
    VALUES ('import undone', actor, 'import ' || run, jsonb_build_object('leads', cardinality(ids)), '');
    RETURN QUERY SELECT unnest(ids);
END $$;
REVOKE ALL ON FUNCTION capture_remove_imported_leads FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("capture", "0002_contact_us"), ("core", "0001_initial"), ("leads", "0001_initial"), ("opportunities", "0001_initial")]
    operations = [migrations.RunSQL(SQL, "DROP FUNCTION capture_remove_imported_leads")]
