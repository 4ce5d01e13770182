"""What people hear of assignments: one notice per person and lead whatever runs again, a digest of many, one mail for who is away."""

from datetime import UTC, datetime, timedelta

from django.core.cache import cache

from assignment import clockwork, routing
from capture import qualifying
from core.models import Notice
from core.notices import mailing, presence
from correspondence.models import OutgoingMail
from leads.models import Lead
from teams.models import SalesTeam
from tests.factories import assignment as factories
from tests.factories import leads

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def told() -> dict[tuple[str, str], int]:
    """Who was told what, and how often: {(first name, kind): notices}."""
    found: dict[tuple[str, str], int] = {}
    for name, kind in Notice.objects.values_list("person__name", "kind"):
        key = (name.split()[0], kind)
        found[key] = found.get(key, 0) + 1
    return found


def late_lead(team, tess, *, after_limit: str) -> Lead:
    """Give a lead to a rep, not to Tess who manages, and let its limit pass: the team's policy is asked three times."""
    SalesTeam.objects.filter(pk=team.pk).update(after_limit=after_limit)
    tess.memberships.update(takes_leads=False)
    lead = leads.lead(team=team, at=AT, qualification="accept")
    routing.assign(lead, at=AT)
    for minute in (61, 62, 63):
        clockwork.sweep(at=AT + timedelta(minutes=minute))
    return lead


class TestOneNoticePerPersonAndLead:
    def test_from_capture_to_owner_whatever_runs_again(self, north, nora, tess):
        SalesTeam.objects.filter(pk=north.pk).update(accept_within=timedelta(minutes=30))
        tess.memberships.update(takes_leads=False)
        lead = factories.due_lead(team=north)
        qualifying.qualify_due(at=AT)
        for minute in range(3):
            at = AT + timedelta(minutes=minute)
            Lead.objects.filter(pk=lead.pk).update(qualify_due_at=AT - timedelta(days=900))
            qualifying.qualify_due(at=at)
            routing.drain_queue(at=at)
            clockwork.sweep(at=at)
        assert told() == {("Nora", "lead_assigned"): 1}

    def test_given_on_tells_each_of_both_once(self, north, nora, omar, tess):
        late_lead(north, tess, after_limit="reroute")
        assert told() == {("Nora", "lead_assigned"): 1, ("Nora", "lead_taken"): 1, ("Omar", "lead_assigned"): 1}

    def test_the_manager_hears_once_of_a_limit_that_passed(self, north, nora, tess):
        lead = late_lead(north, tess, after_limit="escalate")
        assert told()[("Tess", "lead_limit_passed")] == 1 and lead.clock_steps.count() == 1


class TestDigest:
    def test_many_at_once_are_one_line(self, north, nora):
        rows = factories.waiting_leads(8, north)
        routing.drain_queue(at=AT)
        notice = Notice.objects.get()
        assert (notice.n, sorted(notice.values["rows"])) == (8, sorted(lead.pk for lead in rows))
        assert str(notice) == "8 leads were assigned to you."
        routing.drain_queue(at=AT + timedelta(minutes=5))
        assert Notice.objects.count() == 1

    def test_who_is_away_gets_one_mail_of_the_hours_assignments(self, north, nora):
        cache.delete(presence._key(nora.pk))
        for minute in range(4):
            routing.assign(leads.lead(f"Lead {minute}", team=north), at=AT + timedelta(minutes=minute))
        later = AT + timedelta(minutes=40)
        assert mailing.mail_those_away(at=later) == 1 and mailing.mail_those_away(at=later) == 0
        mail = OutgoingMail.objects.get()
        assert all(f"Lead {minute} was assigned to you." in mail.text for minute in range(4))
