"""The form a fresh installation begins with; it is edited or closed in the admin."""

from django.db import migrations

FIELDS = [
    {"field": "name", "label": "Name", "type": "text", "required": True},
    {"field": "company_name", "label": "Company", "type": "text", "required": False},
    {"field": "email", "label": "Work e-mail", "type": "email", "required": True},
    {"field": "phone", "label": "Phone", "type": "phone", "required": False},
    {"field": "message", "label": "What do you need?", "type": "long", "required": True},
]


def forwards(apps, schema_editor):
    alias = schema_editor.connection.alias
    source = apps.get_model("leads", "Source").objects.using(alias).filter(name__iexact="Website").first()
    apps.get_model("capture", "WebForm").objects.using(alias).get_or_create(
        slug="contact-us",
        defaults={"name": "Contact us", "heading": "How can we help?", "intro": "Tell us what you need. A person will answer you.",
                  "fields": FIELDS, "source": source},
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("capture", "0001_initial"), ("leads", "0002_first_lists")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
