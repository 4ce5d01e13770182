"""The application's role writes history and never rewrites it (reliability rule 21)."""

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from core import grants
from core.models import AuditEntry
from tests.factories import leads


@pytest.fixture
def as_app(db):
    """Run what follows with the rights of the application's role."""
    grants.grant_to_app_role()
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {connection.ops.quote_name(settings.APP_ROLE)}")
        yield cursor
        cursor.execute("RESET ROLE")


class TestTheAppRole:
    def test_may_add_to_a_story_and_change_a_lead(self, nora, at, as_app):
        lead = leads.lead("Ada", owner=nora, at=at)
        lead.note("called", at=at, by=nora)
        type(lead).objects.filter(pk=lead.pk).update(stars=2)
        assert lead.events.filter(kind="noted").count() == 1

    @pytest.mark.parametrize("table", sorted(grants.append_only_tables()))
    @pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}"])
    def test_may_not_rewrite(self, table, act, as_app):
        column = "pgh_id" if table.endswith("fieldhistory") else "id"
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            as_app.execute(act.format(table).replace("id = id", f"{column} = {column}"))

    def test_covers_events_audit_scores_and_field_history(self):
        assert {"leads_leadevent", "opportunities_opportunityevent", "core_auditentry", "scoring_score",
                "leads_leadfieldhistory", "opportunities_closing"} <= grants.append_only_tables()  # fmt: skip

    def test_may_add_to_the_audit(self, as_app):
        assert AuditEntry.objects.create(action="sign-in").pk
