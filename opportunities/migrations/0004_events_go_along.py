"""Let the database delete an opportunity's events and closings along with it: the app's role may not."""

from django.db import migrations

SQL = """
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT conname, conrelid::regclass AS child, confrelid::regclass AS parent, attname
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'f' AND attname = 'opportunity_id' AND confrelid = 'opportunities_opportunity'::regclass
      AND conrelid IN ('opportunities_opportunityevent'::regclass, 'opportunities_closing'::regclass)
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES %s (id)
      ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED', found.child, found.conname, found.conname, found.attname, found.parent);
  END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0003_first_pipeline")]
    operations = [migrations.RunSQL(SQL, SQL.replace("ON DELETE CASCADE ", ""))]
