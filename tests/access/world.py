"""A small organisation with everything twice: ours (Nora's, of North) and theirs (Vera's, of South)."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import connection

from capture.imports import uploads
from capture.models import ImportRow, ImportRun, ImportUpload
from core import undo
from customers.models import CompanyPair, ContactPair
from leads.models import MassAct, PossibleDuplicate
from teams.models import SalesTeam, User
from tests.factories import assignment, capture, customers, leads, opportunities, teams
from workspace.models import SavedView

MISSING = 10**9


def side(team: SalesTeam, rep: User, manager: User, word: str, at) -> SimpleNamespace:
    """Make one of everything for a team, with a name of its own that must not show on the other side's pages."""
    lead = leads.lead(f"{word} Lindqvist", owner=rep, email=f"{word}@{word}.example", company_name=f"{word} AB", at=at)
    other = leads.lead(f"{word} Twin", owner=rep, at=at)
    company = customers.company(f"{word} Works", owner=rep, at=at)
    contact = customers.contact(f"{word} Person", company=company, at=at)
    firm, namesake = customers.company(f"{word} Works Ltd", owner=rep, at=at), customers.contact(f"Person {word}", company=company, at=at)
    opportunity = opportunities.opportunity(f"{word} Deal", owner=rep, company=company, contact=contact, at=at)
    run = uploads.keep([f"name,email\n{word} Row,row@{word}.example\n".encode()], by=manager, name=f"{word}.csv", team=team)
    ImportRun.objects.filter(pk=run.pk).update(step="preview")
    ImportRow.objects.create(import_run=run, number=1, line=2, cells=[f"{word} Row", f"row@{word}.example"])
    entry = capture.submission(team=team, name=f"{word} Entry", email=f"entry@{word}.example")
    with undo.recording("test", by=rep, at=at) as change:
        change.touching(lead, "stars")
    with undo.recording("leads_archived", by=rep, at=at) as of_many:
        act = MassAct.objects.create(verb="archive", by=rep, at=at, change=of_many.change, total=1, upto=lead.pk, step="finished", state="done")
    return SimpleNamespace(
        word=word, team=team, rep=rep, lead=lead, other=other, activity=leads.activity(lead, at=at),
        pair=PossibleDuplicate.objects.create(lead=lead, other=other), company=company, contact=contact,
        company_pair=CompanyPair.objects.create(company=company, other=firm), contact_pair=ContactPair.objects.create(contact=contact, other=namesake),
        opportunity=opportunity, deal_activity=opportunity.plan("call", at, at=at, by=rep), run=run,
        upload=ImportUpload.objects.create(by=manager, name=f"{word}.csv", size=10), entry=entry, change=change.change, act=act,
        seat=rep.memberships.get(), form=capture.web_form(f"{word} form", slug=word.lower(), team=team),
        territory=teams.territory(team, f"{word} Land"), person=rep, rule=assignment.assignment_rule(name=f"{word} rule", team=team),
        view=SavedView.objects.create(owner=rep, record="lead", name=f"{word} view", query="sort=-captured"),
        version=assignment.rule_version(team=team), criterion=leads.criterion(team=team),
        notice=rep.notices.create(kind="lead_assigned", key="1", values={"subject": f"{word} Lindqvist"}, at=at),
    )  # fmt: skip


def nothing() -> SimpleNamespace:
    """Numbers of which nothing exists."""
    gone = SimpleNamespace(pk=MISSING)
    return SimpleNamespace(
        word="", lead=gone, activity=gone, pair=gone, company_pair=gone, contact_pair=gone, company=gone, contact=gone, opportunity=gone, deal_activity=gone, run=gone,
        upload=SimpleNamespace(pk=UUID(int=0)), entry=gone, change=gone, act=gone, seat=gone, team=gone, rule=gone, person=gone, view=gone, notice=gone, territory=gone,
        version=gone, criterion=gone,
        form=SimpleNamespace(pk=MISSING, slug="no-such-form"),
    )  # fmt: skip


UNWATCHED = {
    "django_session", "core_heartbeat", "core_auditentry", "django_migrations",
    "teams_user",  # last_login; the columns that matter are compared by `people_as_they_are`
}  # fmt: skip


def tables() -> list[str]:
    with connection.cursor() as cursor:
        return [table for table in connection.introspection.table_names(cursor) if table not in UNWATCHED]


def writes(names: list[str]) -> int:
    """Count what this transaction wrote, what was taken back too: the same number again means that nothing was written."""
    written = "pg_stat_get_xact_tuples_{}(oid)"
    each = " + ".join(written.format(kind) for kind in ("inserted", "updated", "deleted"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT sum({each}) FROM pg_class WHERE oid = ANY(%s::regclass[])", [[*names, "teams_user"]])
        return int(cursor.fetchone()[0])


def fingerprint(names: list[str]) -> dict[str, Any]:
    """Return one number per table over all its rows, and the people; equal means that nothing was changed."""
    parts = [f"SELECT '{name}', coalesce(sum(hashtextextended(t::text, 0)), 0), count(*) FROM \"{name}\" t" for name in names]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        found = {name: (int(total), rows) for name, total, rows in cursor.fetchall()}
    return found | {"people": list(User.objects.order_by("pk").values("pk", "email", "role", "is_active", "password", "sign_outs"))}
