"""The rule lists under Settings, the assign dialog and how a decision reads, by words and roles."""

from datetime import UTC, datetime, timedelta
from html import unescape
from re import search

import pytest
from django.urls import reverse

from assignment import records, routing
from assignment.models import AssignmentRule, Decision, QualificationRule
from core import invariants, undo
from core.models import AuditEntry, Change
from leads.models import Lead
from tests.factories import assignment as factories
from tests.factories import leads

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
RULES = "/settings/rules/"


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def posted(kind: str = "assignment", rows=(), **fields) -> dict:
    data = {"name": "Nordics", "team": "", "to_team": "", "to_person": "", "strategy": ""}
    if kind == "qualification":
        data = {"name": "Nordics", "team": "", "outcome": "keep", "stage": "", "days": "", "archive_reason": ""}
    for n, (field, op, value) in enumerate(rows):
        data |= {f"p{n}-field": field, f"p{n}-op": op, f"p{n}-value": value}
    return data | fields


class TestLists:
    def test_read_as_sentences_in_order(self, ada, north, client_of):
        factories.assignment_rule(
            {"all": [{"field": "country", "op": "is", "value": ["NO", "SE"]}, {"field": "company_size", "op": "gt", "value": 50}]},
            name="Nordics", to_team=north,
        )  # fmt: skip
        factories.assignment_rule({"field": "custom.gone", "op": "is", "value": "x"}, name="Broken")
        page = text_of(client_of(ada).get(RULES))
        assert page.index("Nordics") < page.index("Broken") < page.rindex("Everyone else")
        for words in ("Norway or Sweden", "Employees", "over", "There is no field “custom.gone” any more."):
            assert words in page

    def test_say_how_often_each_matched_lately(self, ada, north, nora, client_of):
        factories.assignment_rule({"field": "country", "op": "is", "value": "SE"}, name="Swedes", to_team=north)
        for country in ("SE", "SE", "NO"):
            routing.assign(leads.lead(team=north, country=country), at=AT)
        page = text_of(client_of(ada).get(RULES))
        assert page.index("Swedes") < page.index("2 of 3") < page.index("1 of 3")

    def test_of_one_team_leave_others_out(self, ada, north, south, client_of):
        for team in (north, south):
            factories.assignment_rule(team=team, name=f"{team} only")
        page = text_of(client_of(ada).get(RULES, {"team": south.pk}))
        assert "South only" in page and "North only" not in page

    def test_move_past_what_is_shown(self, tess, north, south, client_of):
        one = factories.assignment_rule(team=north, name="One")
        factories.assignment_rule(team=south, name="Theirs")
        two = factories.assignment_rule(team=north, name="Two")
        client_of(tess).post(reverse("assignment:place", args=["assignment", two.pk]), {"to": "up"})
        assert list(AssignmentRule.objects.in_order().values_list("name", flat=True)) == ["Two", "One", "Theirs", "Everyone else"]
        client_of(tess).post(reverse("assignment:place", args=["assignment", one.pk]), {"to": "down"})
        assert [row.name for row in AssignmentRule.objects.in_order()][:2] == ["Two", "One"]

    def test_cost_few_queries(self, ada, client_of, django_assert_max_num_queries):
        source = leads.source("Fair").pk
        for _ in range(20):
            factories.assignment_rule({"field": "source", "op": "is", "value": source})
        client = client_of(ada)
        client.get(RULES)
        with django_assert_max_num_queries(16):
            client.get(RULES)

    @pytest.mark.parametrize("who", ["nora", "olga"])
    def test_are_not_there_for_others(self, who, request, client_of):
        client = client_of(request.getfixturevalue(who))
        assert client.get(RULES).status_code == 404
        assert client.post(f"{RULES}assignment/new/", posted()).status_code == 404
        assert not AssignmentRule.objects.filter(is_everyone_else=False).exists()

    def test_a_manager_sees_and_changes_only_the_own_teams_rules(self, tess, south, north, client_of):
        theirs = factories.assignment_rule(team=south, name="South only")
        own = factories.assignment_rule(team=north, name="North only")
        client = client_of(tess)
        page = text_of(client.get(RULES))
        assert "North only" in page and "South only" not in page
        assert client.get(reverse("assignment:rule", args=["assignment", theirs.pk])).status_code == 404
        assert client.get(reverse("assignment:rule", args=["assignment", own.pk])).status_code == 200
        last = AssignmentRule.objects.get(is_everyone_else=True)
        assert client.get(reverse("assignment:rule", args=["assignment", last.pk])).status_code == 404
        answer = client.post(f"{RULES}assignment/new/", posted(team=south.pk))
        assert answer.status_code == 422

    def test_moving_and_switching(self, ada, client_of):
        one, two = factories.assignment_rule(name="One"), factories.assignment_rule(name="Two")
        client = client_of(ada)
        client.post(reverse("assignment:place", args=["assignment", two.pk]), {"to": "up"})
        assert list(AssignmentRule.objects.in_order().values_list("name", flat=True)) == ["Two", "One", "Everyone else"]
        client.post(reverse("assignment:state", args=["assignment", one.pk]), {"on": "0"})
        assert not AssignmentRule.objects.get(pk=one.pk).is_active
        answer = client.post(reverse("assignment:state", args=["assignment", one.pk]), {"on": "1"}, headers={"HX-Request": "true"})
        assert 'id="rule-lists"' in text_of(answer) and "<html" not in text_of(answer)
        assert AuditEntry.objects.filter(action__startswith="rule ").count() == 3

    def test_the_last_rule_can_not_be_moved_switched_off_or_deleted(self, ada, client_of):
        last = QualificationRule.objects.get(is_everyone_else=True)
        client = client_of(ada)
        for name, data in (("place", {"to": "up"}), ("state", {"on": "0"}), ("removal", {})):
            client.post(reverse(f"assignment:{name}", args=["qualification", last.pk]), data)
        last.refresh_from_db()
        assert last.is_active
        assert not list(invariants._checks["rule list without an end"]())

    def test_unknown_lists_are_not_there(self, ada, client_of):
        assert client_of(ada).get(f"{RULES}nonsense/new/").status_code == 404


class TestRuleForm:
    def test_adds_a_rule(self, ada, north, client_of):
        source = leads.source("Trade show")
        rows = [("source", "is", source.pk), ("country", "is", ["NO", "SE"]), ("score", "gte", "40"), ("", "", "")]
        answer = client_of(ada).post(f"{RULES}assignment/new/", posted(rows=rows, to_team=north.pk))
        assert (answer.status_code, answer["Location"]) == (302, RULES)
        rule = AssignmentRule.objects.get(name="Nordics")
        assert rule.conditions == {"all": [
            {"field": "source", "op": "is", "value": source.pk}, {"field": "country", "op": "is", "value": ["NO", "SE"]},
            {"field": "score", "op": "gte", "value": 40},
        ]}  # fmt: skip
        assert (rule.to_team, rule.changed_by, rule.problem, rule.is_active) == (north, ada, "", True)
        page = text_of(client_of(ada).get(reverse("assignment:rule", args=["assignment", rule.pk])))
        assert "Source is Trade show and Country is Norway or Sweden and Score at least 40" in page

    def test_can_be_saved_without_counting_yet(self, ada, client_of):
        client_of(ada).post(f"{RULES}assignment/new/", posted(rows=[("score", "gte", "40")], draft="1"))
        assert not AssignmentRule.objects.get(name="Nordics").is_active

    def test_buttons_of_the_conditions_change_nothing_and_keep_what_was_typed(self, ada, client_of):
        client = client_of(ada)
        data = posted(rows=[("score", "gte", "40")], name="Half done", do="add")
        page = text_of(client.post(f"{RULES}assignment/new/", data))
        assert 'value="Half done"' in page and 'name="p1-field"' in page and 'value="40"' in page
        fragment = text_of(client.post(f"{RULES}assignment/new/", data | {"do": "group"}, headers={"HX-Request": "true"}))
        assert fragment.startswith("<div") and 'name="p1-r1-field"' in fragment and "<html" not in fragment
        assert not AssignmentRule.objects.filter(is_everyone_else=False).exists()

    def test_tells_how_many_leads_match_now(self, ada, north, nora, client_of):
        for score in (30, 50, 70):
            leads.lead(team=north, score=score)
        page = text_of(client_of(ada).post(f"{RULES}assignment/new/", posted(rows=[("score", "gte", "40")], do="show")))
        assert "Matches 2 open leads now." in page and "Score at least 40" in page

    def test_counts_the_leads_of_the_team_it_is_for(self, ada, north, south, client_of):
        for team in (north, north, south):
            leads.lead(team=team, score=50)
        page = text_of(client_of(ada).post(f"{RULES}assignment/new/", posted(rows=[("score", "gte", "40")], do="show", team=south.pk)))
        assert "Matches 1 open lead now." in page

    @pytest.mark.parametrize(("row", "said"), [
        (("score", "gte", "many"), "“many” is not a value for “Score”"), (("country", "is", "ZZZ"), "“ZZZ” is not a value"),
        (("captured_at", "is", "soon"), "“soon” is not a value for “Captured”. Write a day as 2026-11-18."),
        (("postcode", "between", "9 to 1"), "69000 to 69999"), (("industry", "is", ""), "Write what to look for."),
        (("source", "is", "4711"), "names something that was deleted"), (("source", "is", ""), "Choose at least one."),
    ])  # fmt: skip
    def test_says_what_is_wrong_and_keeps_what_was_typed(self, ada, client_of, row, said):
        answer = client_of(ada).post(f"{RULES}assignment/new/", posted(rows=[row]))
        page = text_of(answer).replace("&quot;", '"').replace("&#x27;", "'")
        assert answer.status_code == 422
        assert said in page and f'value="{row[2]}"' in page
        assert not AssignmentRule.objects.filter(is_everyone_else=False).exists()

    def test_a_deleted_field_is_told_and_can_be_removed(self, ada, client_of):
        gone = {"field": "custom.gone", "op": "is", "value": "x"}
        rule = factories.assignment_rule({"all": [gone, {"field": "score", "op": "gte", "value": 1}]}, name="Old")
        client, address = client_of(ada), reverse("assignment:rule", args=["assignment", rule.pk])
        assert "custom.gone" in text_of(client.get(address))
        assert client.post(address, posted(rows=[("custom.gone", "is", "x"), ("score", "gte", "1")])).status_code == 422
        page = text_of(client.post(address, posted(rows=[("custom.gone", "is", "x"), ("score", "gte", "1")], do="remove-p0")))
        assert "custom.gone" not in page and 'name="p0-field"' in page and 'name="p1-field"' not in page

    def test_changes_what_follows(self, ada, client_of):
        rule = factories.qualification_rule("keep", name="Old")
        client = client_of(ada)
        address = reverse("assignment:rule", args=["qualification", rule.pk])
        assert client.post(address, posted("qualification", outcome="archive")).status_code == 422
        assert client.post(address, posted("qualification", outcome="archive", archive_reason="Embargo")).status_code == 302
        rule.refresh_from_db()
        assert (rule.outcome, rule.archive_reason) == ("archive", "Embargo")

    def test_leaves_deeper_groups_as_they_are(self, ada, client_of):
        leaf = {"field": "score", "op": "gte", "value": 1}
        deep = {"all": [{"any": [leaf, {"all": [leaf, leaf]}]}]}
        rule = factories.assignment_rule(deep, name="Deep")
        client, address = client_of(ada), reverse("assignment:rule", args=["assignment", rule.pk])
        page = client.get(address).content.decode()
        kept = unescape(search('name="p0-kept" value="([^"]*)"', page)[1])
        client.post(address, posted(name="Deeper") | {"p0-kept": kept})
        rule.refresh_from_db()
        assert (rule.name, rule.conditions) == ("Deeper", deep)

    def test_changes_the_end_of_the_list_but_not_whom_it_catches(self, ada, north, client_of):
        last = AssignmentRule.objects.get(is_everyone_else=True)
        client_of(ada).post(reverse("assignment:rule", args=["assignment", last.pk]), posted(rows=[("score", "gte", "1")], to_team=north.pk))
        last.refresh_from_db()
        assert (last.to_team, last.conditions, last.is_everyone_else) == (north, {}, True)

    def test_deletes_a_rule(self, ada, client_of):
        rule = factories.assignment_rule()
        client_of(ada).post(reverse("assignment:removal", args=["assignment", rule.pk]))
        assert not AssignmentRule.objects.filter(pk=rule.pk).exists()


class TestAssignDialog:
    def test_shows_people_with_their_load(self, north, nora, omar, client_of):
        leads.lead(owner=omar)
        lead = leads.lead(owner=nora)
        page = text_of(client_of(nora).get(reverse("assignment:lead_owner", args=[lead.pk])))
        assert "Omar Haddad" in page and "1 of 60 open" in page

    def test_hands_it_over_with_a_record_and_undo(self, north, nora, omar, client_of):
        lead = leads.lead(owner=nora)
        address = reverse("assignment:lead_owner", args=[lead.pk])
        assert client_of(nora).post(address, {"owner": omar.pk, "why": "knows them"}).status_code == 302
        lead.refresh_from_db()
        assert lead.owner == omar
        assert lead.decisions.get().values["said"] == "knows them"
        assert Change.objects.get().verb == "assign"

    def test_lets_the_rules_choose(self, north, nora, omar, client_of):
        lead = leads.lead(team=north)
        client_of(omar).post(reverse("assignment:lead_owner", args=[lead.pk]), {"rules": "1"})
        lead.refresh_from_db()
        assert lead.owner == nora

    def test_asks_for_somebody(self, nora, client_of):
        lead = leads.lead(owner=nora)
        answer = client_of(nora).post(reverse("assignment:lead_owner", args=[lead.pk]), {})
        assert answer.status_code == 422 and "Choose somebody." in text_of(answer)

    def test_is_not_there_for_who_may_not_see_the_lead(self, nora, vera, client_of):
        lead = leads.lead(owner=nora)
        client = client_of(vera)
        for name in ("lead_owner", "decisions"):
            assert client.get(reverse(f"assignment:{name}", args=[lead.pk])).status_code == 404
        assert client.post(reverse("assignment:lead_owner", args=[lead.pk]), {"owner": vera.pk}).status_code == 404


class TestWhy:
    def test_the_lead_page_says_why_somebody_has_it(self, north, nora, tess, client_of):
        lead = leads.lead(team=north)
        routing.assign(lead, at=AT)
        page = text_of(client_of(nora).get(lead.get_absolute_url()))
        assert "Why did I get this?" in page
        assert "Nora Bakke, because it was their turn in North." in page
        assert "Why does Nora have this?" in text_of(client_of(tess).get(lead.get_absolute_url()))

    def test_the_lead_page_says_why_nobody_has_it(self, north, nora, client_of):
        nora.memberships.update(capacity=0)
        lead = leads.lead(team=north)
        routing.assign(lead, at=AT)
        page = text_of(client_of(nora).get(lead.get_absolute_url()))
        assert "Why is this unassigned?" in page
        assert "everybody in North is full or away" in page

    def test_how_it_was_decided_names_rules_and_people(self, north, nora, omar, client_of):
        nora.memberships.update(is_paused=True)
        factories.assignment_rule({"field": "country", "op": "is", "value": "SE"}, name="Swedes")
        lead = leads.lead(team=north, country="NO")
        routing.assign(lead, at=AT)
        page = text_of(client_of(omar).get(reverse("assignment:decisions", args=[lead.pk])))
        for words in ("Swedes", "Country is Sweden: no, it is Norway", "Everyone else", "Nora Bakke", "paused"):
            assert words in page

    def test_a_fragment_is_part_of_the_page(self, north, nora, client_of):
        lead = leads.lead(team=north)
        routing.assign(lead, at=AT)
        address = reverse("assignment:decisions", args=[lead.pk])
        fragment = text_of(client_of(nora).get(address, headers={"HX-Request": "true"}))
        assert "<html" not in fragment
        assert fragment in text_of(client_of(nora).get(address))


class TestCatchingUp:
    def test_records_what_people_did_in_other_rooms_once(self, north, nora, omar, tess):
        lead = leads.lead(team=north)
        lead.assign_to(omar, at=AT, by=tess, why={"code": "by_hand", "values": {"name": "Tess Moran", "said": "he asked"}})
        assert records.catch_up() == 1
        assert records.catch_up() == 0
        decision = Decision.objects.get(lead=lead)
        assert (decision.owner, decision.by, decision.values["said"]) == (omar, tess, "he asked")

    def test_leaves_what_was_handed_on_since(self, north, nora, omar, tess):
        lead = leads.lead(team=north)
        lead.assign_to(omar, at=AT, by=tess)
        Lead.objects.get(pk=lead.pk).release(at=AT, by=tess)
        assert records.catch_up() == 0

    def test_records_it_again_when_somebody_gets_it_back(self, north, nora, omar, tess):
        lead = leads.lead(team=north)
        for minutes, person in enumerate((nora, omar, nora)):
            lead.assign_to(person, at=AT + timedelta(minutes=minutes), by=tess)
            assert records.catch_up() == 1
        assert [decision.owner for decision in Decision.objects.filter(lead=lead).order_by("at")] == [nora, omar, nora]

    def test_what_was_handed_on_takes_no_place_of_what_stands(self, north, nora, omar, tess, monkeypatch):
        """Taken back in hundreds: lines to people who have none of it any more are left out before the limit counts."""
        monkeypatch.setattr(records, "AT_ONCE", 1)
        gone, stands = leads.lead(team=north), leads.lead(team=north)
        gone.assign_to(omar, at=AT, by=tess)
        stands.assign_to(omar, at=AT, by=tess)
        Lead.objects.get(pk=gone.pk).release(at=AT, by=tess)
        assert records.catch_up() == 1
        assert Decision.objects.get().lead == stands

    def test_goes_on_until_all_is_recorded(self, north, omar, tess, monkeypatch):
        monkeypatch.setattr(records, "AT_ONCE", 2)
        for lead in [leads.lead(team=north) for _ in range(5)]:
            lead.assign_to(omar, at=AT, by=tess)
        assert records.catch_up() == 5 == Decision.objects.filter(owner=omar, reason="by_hand").count()

    def test_the_page_says_why_the_one_who_has_it_has_it_also_after_an_undo(self, north, nora, omar, tess, client_of):
        lead = leads.lead(team=north)
        first = routing.assign(lead, at=AT)
        change = routing.assign_by_hand(Lead.objects.get(pk=lead.pk), {nora: omar, omar: nora}[first.owner], at=AT + timedelta(minutes=1), by=tess, reason="Knows them")
        page = lambda: text_of(client_of(tess).get(lead.get_absolute_url()))  # noqa: E731
        assert "Knows them" in page() and "because it was their turn" not in page()
        undo.take_back(change.change, by=tess, at=AT + timedelta(minutes=2))
        assert f"{first.owner}, because it was their turn" in page()


class TestInvariants:
    @pytest.mark.parametrize(("name", "seed"), [
        ("lead undecided", {}), ("lead overdue", {"qualify_due_at": AT}),
        ("owner without decision", {"assigned_at": AT}),
    ])  # fmt: skip
    def test_find_what_was_seeded(self, nora, name, seed):
        lead = leads.lead(owner=nora)
        Lead.objects.filter(pk=lead.pk).update(created_at=AT.replace(year=2020), **{key: value.replace(year=2020) for key, value in seed.items()})
        assert {finding["lead"] for finding in invariants._checks[name]()} == {lead.pk}

    def test_find_nothing_after_the_rules_decided(self, north, nora):
        lead = leads.lead(team=north)
        routing.assign(lead, at=AT)
        Lead.objects.filter(pk=lead.pk).update(created_at=AT.replace(year=2020), assigned_at=AT.replace(year=2020))
        for name in ("lead undecided", "owner without decision", "lead assigned twice", "lead overdue"):
            assert not list(invariants._checks[name]())
