"""A team's «Assignment» under Settings: its strategy beside the rules that count for its leads."""

from datetime import timedelta

from django.urls import reverse

from assignment.models import AssignmentRule
from core.models import AuditEntry
from teams.models import SalesTeam
from tests.factories import assignment as factories

FRENCH = {"field": "country", "op": "is", "value": "FR"}
WORDS = {"strategy": "workload", "workload": "deals", "accept": ""}


def address(team) -> str:
    return reverse("assignment:team", args=[team.pk])


class TestSettings:
    def test_keep_what_counts_and_how_long_people_have_to_accept(self, client_of, tess, north):
        answer = client_of(tess).post(address(north), WORDS | {"keeps_relations": "on", "accept": "15"})
        north.refresh_from_db()
        assert answer.status_code == 302 and answer.url == address(north)
        assert (north.strategy, north.workload, north.keeps_relations) == ("workload", "deals", True)
        assert (north.accept_within, north.returns_when_away) == (timedelta(minutes=15), False)
        assert AuditEntry.objects.get(action="team changed").actor == tess

    def test_without_a_time_nobody_has_to_accept(self, client_of, tess, north):
        SalesTeam.objects.update(accept_within=timedelta(minutes=15))
        client_of(tess).post(address(north), WORDS)
        north.refresh_from_db()
        assert north.accept_within is None

    def test_say_what_is_wrong_and_change_nothing(self, client_of, tess, north):
        answer = client_of(tess).post(address(north), WORDS | {"strategy": "by magic", "accept": "0"})
        north.refresh_from_db()
        assert answer.status_code == 422 and "not one of the available choices" in answer.text and "greater than or equal to 1" in answer.text
        assert (north.strategy, north.workload) == ("round_robin", "leads")

    def test_are_for_the_teams_own_managers(self, client_of, tess, nora, ada, north, south):
        assert [client_of(person).get(address(north)).status_code for person in (tess, ada, nora)] == [200, 200, 404]
        assert client_of(tess).get(address(south)).status_code == client_of(tess).post(address(south), WORDS).status_code == 404
        south.refresh_from_db()
        assert south.workload == "leads"

    def test_a_fragment_is_part_of_the_page(self, client_of, tess, north):
        client = client_of(tess)
        fragment, page = (client.get(address(north), headers=headers).text for headers in ({"HX-Request": "true"}, {}))
        strip = lambda text: {line for line in text.splitlines() if "csrfmiddlewaretoken" not in line}  # noqa: E731
        assert "<html" not in fragment and strip(fragment) <= strip(page)


class TestRules:
    def test_are_those_that_count_for_its_leads(self, client_of, tess, nora, north, south):
        factories.assignment_rule(FRENCH, name="For everybody", to_team=north)
        factories.assignment_rule(FRENCH, name="Ours alone", team=north, to_person=nora)
        factories.qualification_rule("archive", FRENCH, name="Out", team=north, archive_reason="Not sold there")
        factories.assignment_rule(FRENCH, name="Theirs", team=south)
        page = client_of(tess).get(address(north)).text
        assert all(name in page for name in ("For everybody", "Ours alone", "Out", "When no rule matches", "Everyone else", "Nora Bakke"))
        assert "Theirs" not in page

    def test_of_every_team_say_who_changes_them(self, client_of, tess, ada, north, south):
        one = factories.assignment_rule(FRENCH, name="For everybody", to_team=north)
        pages = [client_of(person).get(address(north)).text for person in (tess, ada)]
        link = reverse("assignment:rule", args=["assignment", one.pk])
        assert [link in page for page in pages] == [False, True]
        assert ["changed by an administrator, or by who manages all teams" in page for page in pages] == [True, False]

    def test_lead_back_to_the_team(self, client_of, tess, north):
        one = factories.assignment_rule(FRENCH, name="Ours", team=north)
        client, ours = client_of(tess), f"?team={north.pk}"
        for name, data in (("state", {"on": "0"}), ("place", {"to": "up"})):
            answer = client.post(reverse(f"assignment:{name}", args=["assignment", one.pk]) + ours, data)
            assert answer.status_code == 302 and answer.url == address(north)
        page = reverse("assignment:rule", args=["assignment", one.pk]) + ours
        assert f'action="{page}"' in client.get(page).text
        answer = client.post(page, {"name": "Renamed", "team": north.pk, "p0-field": "country", "p0-op": "is", "p0-value": "FR"})
        assert answer.status_code == 302 and answer.url == address(north)
        one.refresh_from_db()
        assert (one.name, one.conditions) == ("Renamed", {"all": [FRENCH]})
        answer = client.post(reverse("assignment:removal", args=["assignment", one.pk]) + ours)
        assert answer.url == address(north) and not AssignmentRule.objects.filter(pk=one.pk).exists()

    def test_taken_back_to_a_version_show_the_team(self, client_of, tess, north):
        one = factories.assignment_rule(FRENCH, name="Ours", team=north)
        version = factories.rule_version(team=north)
        AssignmentRule.objects.filter(pk=one.pk).update(is_active=False)
        answer = client_of(tess).post(reverse("assignment:restoration", args=["assignment", version.pk]))
        one.refresh_from_db()
        assert answer.url == address(north) and one.is_active

    def test_of_another_team_never_lead_there(self, client_of, tess, north, south):
        one = factories.assignment_rule(FRENCH, name="Ours", team=north)
        answer = client_of(tess).post(reverse("assignment:state", args=["assignment", one.pk]) + f"?team={south.pk}", {"on": "0"})
        assert answer.url == reverse("assignment:rules")
