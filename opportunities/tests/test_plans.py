"""What was planned for a lead is never lost when it is converted: it goes on, stays with the customer, or is called off."""

from datetime import timedelta

import pytest

from core import undo
from core.notices.reminders import remind
from leads.models import Lead, LeadActivity
from opportunities.conversion import convert
from opportunities.undoing import undo_conversion
from tests.factories import leads as make_leads
from tests.factories import opportunities as make
from tests.harness.words import text_of
from workspace import today

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya(nora, at):
    lead = make_leads.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys", title="Booths", at=at)
    lead.plan("call", at - timedelta(hours=2), at=at, by=nora, summary="Offer", note="Ask for the floor plan")
    lead.plan("meeting", at + timedelta(hours=1), at=at, by=nora)
    return lead


def picture(lead: Lead) -> tuple:
    """Return all there is to see of what is planned for a lead."""
    lead = Lead.objects.get(pk=lead.pk)
    return lead.next_activity_at, lead.is_open, list(LeadActivity.objects.filter(lead=lead).order_by("pk").values())


def todo(person, at, *, team: bool = False) -> list[tuple[str, str]]:
    late, due = today.tasks(person, team=team, at=at)
    return [(str(task.subject), task.activity.title) for task in (*late, *due)]


class TestKept:
    def test_stays_with_the_customer_when_there_is_no_deal(self, maya, nora, omar, tess, ada, at):
        convert(maya, at=at, by=nora, outcome="customer")
        assert todo(nora, at) == [("Maya Lindqvist", "Offer"), ("Maya Lindqvist", "Meeting")]
        late, _due = today.tasks(nora, team=False, at=at)
        assert late[0].subject == Lead.objects.get().contact and late[0].company == "Nordlys"
        assert len(todo(tess, at, team=True)) == len(todo(ada, at, team=True)) == 2 and todo(omar, at, team=True) == []

    def test_stays_with_the_customer_of_a_sale_as_its_deal_is_closed(self, maya, nora, at):
        deal = convert(maya, at=at, by=nora, outcome="sale", expected=5).opportunity
        assert len(todo(nora, at)) == 2 and deal.next_activity_at is None and not deal.activities.exists()

    @pytest.mark.parametrize("outcome", ["new", "existing", "no_customer"])
    def test_goes_on_at_the_deal(self, maya, nora, at, outcome):
        known = make.opportunity("Showroom", owner=nora) if outcome == "existing" else None
        deal = convert(maya, at=at, by=nora, outcome=outcome, opportunity=known).opportunity
        assert [(one.title, one.note, one.assignee) for one in deal.activities.planned().in_order()] == [
            ("Offer", "Ask for the floor plan", nora), ("Meeting", "", nora),
        ]  # fmt: skip
        assert deal.next_activity_label == "Offer" and todo(nora, at) == [(deal.name, "Offer"), (deal.name, "Meeting")]

    def test_is_reminded_of_done_and_followed_by_the_next(self, maya, nora, at):
        convert(maya, at=at, by=nora, outcome="customer")
        assert remind(LeadActivity, "lead", at=at + timedelta(minutes=55)) == 2
        assert nora.notices.filter(kind="activity_due").exists()
        call = LeadActivity.objects.select_related("lead").get(summary="Offer")
        call.done(at=at, by=nora, then={"kind": "todo", "due_at": at + timedelta(hours=3), "summary": "Send it"})
        assert [title for _who, title in todo(nora, at)] == ["Meeting", "Send it"]

    def test_shows_on_the_pages_of_lead_and_customer(self, maya, nora, at, client_of):
        contact = convert(maya, at=at, by=nora, outcome="customer").contact
        client = client_of(nora)
        for page in (maya, contact, contact.company):
            assert "Offer" in text_of(client.get(page.get_absolute_url())).split("Timeline")[0]
        assert contact.get_absolute_url() in client.get("/").content.decode()


class TestCalledOff:
    @pytest.mark.parametrize("outcome", ["new", "existing", "customer", "no_customer", "sale"])
    def test_is_nowhere_any_more_and_says_why(self, maya, nora, at, outcome, client_of):
        known = make.opportunity("Showroom", owner=nora) if outcome == "existing" else None
        deal = convert(maya, at=at, by=nora, outcome=outcome, opportunity=known, expected=5, planned="stop").opportunity
        assert todo(nora, at) == [] and not (deal and deal.activities.exists())
        assert maya.events.filter(kind="did", details__cancelled=True).count() == 2
        assert "called off Call: Offer : the lead was converted" in text_of(client_of(nora).get(maya.get_absolute_url()))


class TestTakenBack:
    @pytest.mark.parametrize("planned", ["keep", "stop"])
    @pytest.mark.parametrize("outcome", ["new", "existing", "customer", "no_customer", "sale"])
    def test_is_planned_for_the_lead_as_before(self, maya, nora, at, outcome, planned):
        before, known = picture(maya), make.opportunity("Showroom", owner=nora) if outcome == "existing" else None
        conversion = convert(maya, at=at, by=nora, outcome=outcome, opportunity=known, expected=5, planned=planned)
        assert undo.take_back(conversion.change, by=nora, at=at).kept == []
        assert picture(maya) == before
        assert todo(nora, at) == [("Maya Lindqvist", "Offer"), ("Maya Lindqvist", "Meeting")]

    @pytest.mark.parametrize("outcome", ["new", "existing", "customer", "no_customer", "sale"])
    def test_goes_with_what_was_planned_next(self, maya, nora, at, outcome):
        before, known = picture(maya), make.opportunity("Showroom", owner=nora) if outcome == "existing" else None
        then = {"kind": "call", "due_at": at + timedelta(hours=1), "summary": "Say hello"}
        conversion = convert(maya, at=at, by=nora, outcome=outcome, opportunity=known, expected=5, planned="stop", then=then)
        assert [title for _who, title in todo(nora, at)] == ["Say hello"]
        assert undo.take_back(conversion.change, by=nora, at=at).kept == []
        assert picture(maya) == before and len(todo(nora, at)) == 2

    def test_goes_from_a_deal_that_stays(self, maya, nora, at):
        before, conversion = picture(maya), convert(maya, at=at, by=nora)
        conversion.opportunity.note("They called back", at=at, by=nora)
        undo_conversion(conversion, at=at, by=nora)
        assert picture(maya) == before and len(todo(nora, at)) == 2
        assert not conversion.opportunity.activities.planned().exists()

    def test_stays_where_it_was_done_or_changed_since(self, maya, nora, at):
        conversion = convert(maya, at=at, by=nora)
        call, meeting = conversion.opportunity.activities.in_order()
        call.done(at=at, by=nora)
        meeting.put_off(at + timedelta(hours=2), at=at, by=nora)
        kept = undo_conversion(conversion, at=at, by=nora)
        assert [one["values"]["name"] for one in kept if one["code"] == "undo_plan_went_on"] == ["Offer", "Meeting"]
        assert todo(nora, at) == [(conversion.opportunity.name, "Meeting")]
        assert not maya.activities.planned().exists()

    def test_of_an_older_conversion_too(self, maya, nora, at):
        deal = make.opportunity("Showroom", owner=nora)
        before, conversion = picture(maya), convert(maya, at=at, by=nora, outcome="existing", opportunity=deal)
        conversion.before.pop("copies")
        conversion.save(update_fields=["before"])
        undo_conversion(conversion, at=at, by=nora)
        assert picture(maya) == before and not deal.activities.planned().exists()

    def test_is_handed_over_with_the_rest(self, maya, nora, omar, tess, at):
        from assignment.handover import hand_over

        convert(maya, at=at, by=nora, outcome="customer")
        _change, told = hand_over(nora, [omar], at=at, by=tess)
        assert told["activities"] == 2 and len(todo(omar, at)) == 2
