"""Several people at the same lead at the same moment: one wins, the others are told, nothing is done by half."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from core import invariants
from core.merging import KINDS, merge
from core.merging.exceptions import MergedMeanwhile, MergeRefused
from core.models import Change
from leads.exceptions import AddressTaken, ChangedMeanwhile, LeadNotOpen, LeadRefusal
from leads.models import Lead
from tests.factories import leads as factories
from tests.factories import teams

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 8


def at_once(*acts):
    """Run the acts at the same moment, each on its own connection; return what each gave or was refused with."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait(timeout=60)
            return act()
        except (LeadRefusal, MergeRefused) as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def fresh(lead) -> Lead:
    return Lead.objects.select_related("team", "owner").get(pk=lead.pk)


class TestRaces:
    def test_one_of_many_who_hand_it_around_wins(self, north, at):
        lead = factories.lead("Maya", team=north)
        reps = [teams.person(f"Rep {n}", north) for n in range(MANY)]
        copies = [fresh(lead) for _rep in reps]
        got = at_once(*(lambda copy=copy, rep=rep: copy.assign_to(rep, at=at, by=rep) for copy, rep in zip(copies, reps, strict=True)))
        assert got.count(True) == 1
        assert sum(isinstance(each, ChangedMeanwhile) for each in got) == MANY - 1
        winner = reps[got.index(True)]
        assert fresh(lead).owner == winner
        assert lead.events.filter(kind="assigned").count() == 1

    def test_it_ends_once(self, nora, at):
        lead, reason = factories.lead("Maya", owner=nora), factories.reason()
        ends = [lambda: fresh(lead).archive("x", at=at, by=nora), lambda: fresh(lead).disqualify(reason, at=at, by=nora),
                lambda: fresh(lead).mark_converted(at=at, by=nora)] * 2  # fmt: skip
        got = at_once(*ends)
        assert got.count(None) == 1
        assert sum(isinstance(each, LeadNotOpen) for each in got) == 5
        assert lead.events.filter(kind__in=["archived", "disqualified", "converted"]).count() == 1

    def test_it_is_merged_once_and_nothing_stays_behind(self, nora, at):
        leads = [factories.lead(f"Maya {n}", owner=nora, email=f"m{n}@x.example") for n in range(4)]
        kind, first = KINDS["lead"], leads[0].pk
        acts = [lambda other=other: merge(kind, first, [first, other.pk], at=at, by=nora) for other in leads[1:]]
        acts += [lambda other=other: merge(kind, other.pk, [first, other.pk], at=at, by=nora) for other in leads[1:]]
        acts += [lambda other=other: fresh(other).plan("call", at, at=at, by=nora) for other in leads[1:]]
        at_once(*acts)
        checked = ("lead merged into a merged one", "leads.leadactivity on a merged lead", "lead next activity")
        assert not [name for name in invariants.check_all() if name in checked]
        assert Lead.objects.filter(merged_into__merged_into__isnull=False).count() == 0

    def test_of_two_who_merge_the_same_one_is_told(self, nora, at):
        leads = [factories.lead(f"Maya {n}", owner=nora) for n in range(3)]
        kind, pks = KINDS["lead"], [lead.pk for lead in leads]
        got = at_once(*(lambda pk=pk: merge(kind, pk, pks, at=at, by=nora) for pk in pks))
        assert sum(isinstance(each, MergedMeanwhile) for each in got) == 2
        assert Lead.objects.open().count() == 1 and Change.objects.filter(verb="merge_lead").count() == 1

    def test_the_first_contact_is_noted_once(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        at_once(*[lambda: fresh(lead).log_call("no_answer", at=at, by=nora)] * MANY)
        assert lead.events.filter(kind="contacted").count() == 1
        assert lead.events.filter(kind="called").count() == MANY

    def test_an_activity_is_ticked_off_once(self, nora, at):
        activity = factories.activity(factories.lead("Maya", owner=nora))
        copies = [activity.lead.activities.get(pk=activity.pk) for _n in range(MANY)]
        got = at_once(*(lambda copy=copy: copy.done(at=at, by=nora) for copy in copies))
        assert got.count(True) == 1
        assert activity.lead.events.filter(kind="did").count() == 1

    def test_two_ended_leads_of_one_address_do_not_both_come_back(self, nora, at):
        leads = []
        for name in ("Maya", "Maya L."):
            leads.append(factories.lead(name, owner=nora, email="maya@nordlys.example"))
            leads[-1].archive("x", at=at, by=nora)
        got = at_once(*(lambda lead=lead: fresh(lead).restore(at=at, by=nora) for lead in leads))
        assert sorted(map(str, map(type, got))) == sorted(map(str, (bool, AddressTaken)))
        assert Lead.objects.open().count() == 1

    def test_edits_of_different_fields_are_both_kept(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        copies = [fresh(lead) for _n in range(3)]
        changes = [{"city": "Lund"}, {"region": "Skåne"}, {"job_title": "Head"}]
        at_once(*(lambda copy=copy, change=change: copy.edit(change, seen=dict.fromkeys(change, ""), at=at, by=nora)
                  for copy, change in zip(copies, changes, strict=True)))  # fmt: skip
        now = fresh(lead)
        assert (now.city, now.region, now.job_title) == ("Lund", "Skåne", "Head")

    def test_a_verb_that_breaks_half_way_leaves_nothing(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        for stop in range(1, 4):

            def broken(execute, sql, params, many, context, *, seen=[0], stop=stop):  # noqa: B006
                seen[0] += sql.startswith(("UPDATE", "INSERT"))
                if seen[0] >= stop:
                    raise RuntimeError("the plug was pulled")
                return execute(sql, params, many, context)

            with connection.execute_wrapper(broken), pytest.raises(RuntimeError):
                lead.log_call("reached", "hello", at=at, by=nora)
            assert list(lead.events.values_list("kind", flat=True)) == ["created"]
            assert fresh(lead).first_contacted_at is None
