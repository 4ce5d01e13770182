"""Let the database delete a customer's events along with it: undo removes what it made, and the app's role can't."""

from django.db import migrations

SQL = """
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT conname, conrelid::regclass AS child, confrelid::regclass AS parent, attname
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'f' AND (conrelid, confrelid) IN (
      ('customers_companyevent'::regclass, 'customers_company'::regclass),
      ('customers_contactevent'::regclass, 'customers_contact'::regclass))
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I FOREIGN KEY (%I) REFERENCES %s (id)
      ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED', found.child, found.conname, found.conname, found.attname, found.parent);
  END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [migrations.RunSQL(SQL, SQL.replace("ON DELETE CASCADE ", ""))]
