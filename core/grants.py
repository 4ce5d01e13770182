"""What the application's database role may do: everything but rewrite history (reliability rule 21).

Migrations run as the owner; afterwards the app role is granted its rights on every table, and on
append-only ones (models with `append_only = True`, and pghistory's event tables) only SELECT and INSERT.
"""

from django.apps import apps
from django.conf import settings
from django.db import connections


def append_only_tables() -> set[str]:
    return {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if getattr(model, "append_only", False) or hasattr(model, "pgh_tracked_model")
    }


def grant_to_app_role(sender=None, *, using: str = "default", **kwargs) -> None:
    """Run after each app's migrations; harmless twice. Without such a role (one-role servers) it does nothing."""
    if sender is not None and sender.name != "core":
        return
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [settings.APP_ROLE])
        if not cursor.fetchone():
            return
        role = connections[using].ops.quote_name(settings.APP_ROLE)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        cursor.execute(f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}")
        cursor.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}")
        existing = set(connections[using].introspection.table_names(cursor))
        for table in sorted(append_only_tables() & existing):
            cursor.execute(f"REVOKE UPDATE, DELETE ON {connections[using].ops.quote_name(table)} FROM {role}")
