"""The rooms under Settings: people, teams, one's profile, the organisation."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from core import business
from core.models import AuditEntry
from correspondence.models import OutgoingMail
from teams.models import Membership, SalesTeam, User
from teams.setting_forms import OrganisationForm
from tests.factories import teams


def url(name: str, *args) -> str:
    return reverse(name, args=args)


class TestRooms:
    def test_shows_each_role_the_own_rooms(self, client_of, nora, tess, olga, ada):
        seen = {person: client_of(person).get(url("settings:index")).text for person in (nora, tess, olga, ada)}
        rooms = {"teams:profile": seen, "teams:people": [tess, ada], "settings:organisation": [ada], "core:operations": [olga, ada]}
        for name, people in rooms.items():
            for person, text in seen.items():
                assert (f'href="{reverse(name)}"' in text) is (person in people), (name, person)

    @pytest.mark.parametrize("name", ["assignment:rules", "scoring:proof", "capture:submissions", "core:operations", "mfa_index"])
    def test_light_their_place_in_the_navigation(self, client_of, ada, name):
        nav = client_of(ada).get(reverse(name)).text.partition('<nav class="nav"')[2].partition("</nav>")[0]
        assert nav.count('aria-current="page"') == 1
        assert f'href="{url("settings:index")}" aria-current="page"' in nav

    def test_a_lead_entered_by_hand_lies_under_leads(self, client_of, nora):
        nav = client_of(nora).get(reverse("capture:manual")).text.partition('<nav class="nav"')[2].partition("</nav>")[0]
        assert nav.count('aria-current="page"') == 1 and f'href="{reverse("leads:leads")}" aria-current="page"' in nav

    def test_fragment_equals_page(self, client_of, ada):
        client = client_of(ada)
        for name in ("settings:index", "settings:organisation", "teams:people", "teams:teams", "teams:profile", "teams:new"):
            page = client.get(reverse(name))
            fragment = client.get(reverse(name), headers={"HX-Request": "true"})
            assert "<html" not in fragment.text
            strip = lambda text: [line for line in text.splitlines() if "csrfmiddlewaretoken" not in line]  # noqa: E731
            assert set(strip(fragment.text)) <= set(strip(page.text)), name


class TestPeople:
    def test_lists_everybody_in_few_queries(self, client_of, ada, north, django_assert_max_num_queries):
        for number in range(20):
            teams.person(f"Rep {number:02}", north)
        client = client_of(ada)
        client.get(url("teams:people"))
        with django_assert_max_num_queries(9):
            page = client.get(url("teams:people"))
        assert "Rep 19" in page.text

    def test_an_administrator_invites_and_sees_the_link_while_mail_stays_here(self, client_of, ada, north):
        words = {"name": "Eva Lund", "email": "Eva@Example.com", "role": "rep", "teams": [north.pk]}
        page = client_of(ada).post(url("teams:invitation"), words, follow=True)
        eva = User.objects.get(email="eva@example.com")
        assert eva.team_ids == [north.pk] and OutgoingMail.objects.get().person == eva
        assert "/account/password/reset/key/" in page.text and "Invited, not here yet" in page.text

    def test_the_link_is_not_shown_once_mail_leaves(self, client_of, ada, settings):
        eva = User.objects.create_user("eva@example.com", None)
        settings.MAIL_LEAVES = True
        assert "/account/password/reset/key/" not in client_of(ada).get(url("teams:person", eva.pk)).text

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            ({"email": "NORA@fjordfinch.example"}, "already a person"),
            ({"email": "nope"}, "valid email"),
            ({"role": "boss"}, "not one of the available choices"),
            ({"teams": []}, "at least one team"),
        ],
    )
    def test_a_refused_invitation_keeps_what_was_entered(self, client_of, ada, nora, north, words, sentence):
        given = {"name": "Eva Lund", "email": "eva@example.com", "role": "rep", "teams": [north.pk], **words}
        page = client_of(ada).post(url("teams:invitation"), given)
        assert page.status_code == 422 and sentence in page.text and "Eva Lund" in page.text
        assert not OutgoingMail.objects.exists()

    def test_changes_role_and_teams_and_audits_it(self, client_of, ada, nora, south):
        client_of(ada).post(url("teams:person", nora.pk), {"role": "manager", "teams": [south.pk]})
        nora = User.objects.get(pk=nora.pk)
        assert nora.role == "manager" and nora.team_ids == [south.pk]
        assert set(AuditEntry.objects.values_list("action", "actor_id")) >= {("role changed", ada.pk), ("teams changed", ada.pk)}

    def test_keeps_the_last_administrator(self, client_of, ada):
        client = client_of(ada)
        assert client.post(url("teams:person", ada.pk), {"role": "ops"}).status_code == 422
        client.post(url("teams:access", ada.pk), {"active": "0"})
        ada.refresh_from_db()
        assert ada.is_active and ada.role == "administrator"

    def test_deactivates_and_lets_in_again(self, client_of, ada, nora):
        client = client_of(ada)
        for active in ("0", "1"):
            client.post(url("teams:access", nora.pk), {"active": active})
            nora.refresh_from_db()
            assert nora.is_active is (active == "1")

    @pytest.mark.parametrize("sent", ["is_active", "is_demo", "password", "is_superuser", "sign_outs", "email"])
    def test_sets_no_field_that_was_not_offered(self, client_of, ada, nora, north, sent):
        before = User.objects.filter(pk=nora.pk).values().get()
        words = {"role": "rep", "teams": [north.pk], sent: "1", "name": "x"}
        client_of(ada).post(url("teams:person", nora.pk), words)
        assert User.objects.filter(pk=nora.pk).values().get() == before


class TestProfile:
    def test_changes_ones_own_looks_and_nothing_else(self, client_of, nora):
        words = {"name": "Nora B.", "language": "en", "time_zone": "Asia/Tokyo", "theme": "dark", "role": "administrator"}
        client_of(nora).post(url("teams:profile"), words)
        nora.refresh_from_db()
        assert (nora.name, nora.time_zone, nora.theme, nora.single_keys, nora.role) == ("Nora B.", "Asia/Tokyo", "dark", False, "rep")

    ABSENT = {"name": "Nora Bakke", "language": "en", "time_zone": "UTC", "theme": "", "away_from": "2030-07-01T08:00", "away_until": "2030-07-15T08:00"}

    def test_says_when_one_is_away_in_all_ones_teams(self, client_of, nora, south):
        Membership.objects.create(user=nora, team=south)
        client, away = client_of(nora), {"away_from": datetime(2030, 7, 1, 8, tzinfo=UTC), "away_until": datetime(2030, 7, 15, 8, tzinfo=UTC)}
        User.objects.filter(pk=nora.pk).update(time_zone="UTC")
        assert client.post(url("teams:profile"), self.ABSENT).status_code == 302
        assert Membership.objects.filter(user=nora, **away).count() == 2
        assert AuditEntry.objects.filter(action="member changed").count() == 2
        assert 'value="2030-07-01T08:00"' in client.get(url("teams:profile")).text
        client.post(url("teams:profile"), self.ABSENT)
        assert AuditEntry.objects.filter(action="member changed").count() == 2
        client.post(url("teams:profile"), self.ABSENT | {"away_from": "", "away_until": ""})
        assert Membership.objects.filter(user=nora, away_from=None, away_until=None).count() == 2

    @pytest.mark.parametrize(("said", "problem"), [
        ({"away_from": "2030-07-16T08:00"}, "The absence ends before it begins."), ({"away_from": ""}, "Say from when."),
        ({"away_from": "soon"}, "Enter a valid date/time."),
    ])  # fmt: skip
    def test_refuses_an_absence_that_is_none(self, client_of, nora, said, problem):
        answer = client_of(nora).post(url("teams:profile"), self.ABSENT | said)
        assert answer.status_code == 422 and problem in answer.text
        assert not Membership.objects.filter(away_until__isnull=False).exists()

    def test_asks_nobody_about_absence_who_sits_in_no_team(self, client_of, ada):
        assert "away_from" not in client_of(ada).get(url("teams:profile")).text

    def test_names_what_is_wrong(self, client_of, nora):
        page = client_of(nora).post(url("teams:profile"), {"name": "", "language": "xx", "time_zone": "Mars/Base", "theme": "dark"})
        assert page.status_code == 422 and page.text.count('aria-invalid="true"') >= 3


class TestTeams:
    def test_a_manager_sets_up_the_own_teams_only(self, client_of, tess, north, south):
        client = client_of(tess)
        words = {"name": "North", "time_zone": "Europe/Oslo", "currency": "NOK", "hot_from": 80,
                 "warm_from": 50, "goal": 10, "limit": 90}  # fmt: skip
        client.post(url("teams:team", north.pk), words)
        north.refresh_from_db()
        assert (north.response_goal.seconds, north.hot_from) == (600, 80)
        assert client.post(url("teams:team", south.pk), {**words, "name": "Mine"}).status_code == 404
        assert client.get(url("teams:team", south.pk)).status_code == 404
        assert "South" not in client.get(url("teams:teams")).text

    def test_refuses_limits_that_contradict_each_other(self, client_of, tess, north):
        words = {"name": "North", "time_zone": "Europe/Oslo", "currency": "NOK", "hot_from": 40,
                 "warm_from": 50, "goal": 10, "limit": 5}  # fmt: skip
        page = client_of(tess).post(url("teams:team", north.pk), words)
        assert page.status_code == 422 and "Warm must begin below hot" in page.text and "after the goal" in page.text

    def test_adds_changes_and_removes_a_member(self, client_of, tess, north, vera):
        client = client_of(tess)
        client.post(url("teams:members", north.pk), {"person": vera.pk})
        client.post(url("teams:members", north.pk), {"person": vera.pk})
        seat = Membership.objects.get(user=vera, team=north)
        client.post(url("teams:member", seat.pk), {"takes_leads": "on", "capacity": 7, "weight": 2, "is_paused": "on"})
        seat.refresh_from_db()
        assert (seat.capacity, seat.weight, seat.is_paused) == (7, 2, True)
        client.post(url("teams:removal", seat.pk))
        assert not Membership.objects.filter(pk=seat.pk).exists()

    def test_an_absence_ends_after_it_begins(self, client_of, tess, nora):
        seat = nora.seats[0]
        words = {"capacity": 5, "weight": 1, "away_from": "2026-11-20T09:00", "away_until": "2026-11-19T09:00"}
        page = client_of(tess).post(url("teams:member", seat.pk), words)
        assert page.status_code == 422 and "ends before it begins" in page.text

    def test_lists_members_with_their_load_in_few_queries(self, client_of, tess, north, django_assert_max_num_queries):
        for number in range(20):
            teams.person(f"Rep {number:02}", north)
        client = client_of(tess)
        client.get(url("teams:team", north.pk))
        with django_assert_max_num_queries(14):
            assert "Rep 19" in client.get(url("teams:team", north.pk)).text

    def test_only_a_team_nothing_hangs_on_can_be_deleted(self, client_of, ada, north):
        client = client_of(ada)
        default = SalesTeam.objects.get(is_default=True)
        for team in (north, default):
            client.post(url("teams:deletion", team.pk))
        assert list(SalesTeam.objects.all()) == [default]


class TestOrganisation:
    def test_stores_typed_settings_and_audits_them(self, client_of, ada):
        words = {"organisation_name": "Fjord & Finch", "currency": "NOK", "country": "NO", "time_zone": "Europe/Oslo"}
        others = {key: value for key, value in OrganisationForm().initial.items() if key not in words}
        client_of(ada).post(url("settings:organisation"), {**others, **words, "demo_loaded": "on"})
        assert {key: business.get(key) for key in words} == words and business.get("demo_loaded") is False
        assert AuditEntry.objects.filter(action="setting", actor=ada).count() == 4

    def test_refuses_what_is_not_offered(self, client_of, ada):
        words = {"organisation_name": "F", "currency": "ABC", "country": "XX", "time_zone": "Mars/Base"}
        page = client_of(ada).post(url("settings:organisation"), words)
        assert page.status_code == 422 and not AuditEntry.objects.filter(action="setting").exists()


@pytest.mark.browser
class TestInTheBrowser:
    @pytest.mark.slow  # the walk over every page looks at these too
    @pytest.mark.parametrize("look", [{}, {"dark": True, "phone": True}], ids=["light", "dark phone"])
    def test_has_no_barriers(self, page_as, accessible, ada, nora, north, look):
        page = page_as(ada, **look)
        seat = nora.seats[0]
        for address in (url("settings:index"), url("teams:people"), url("teams:invitation"), url("teams:person", nora.pk),
                        url("teams:teams"), url("teams:team", north.pk), url("teams:member", seat.pk), url("teams:profile"),
                        url("settings:organisation")):  # fmt: skip
            page.goto(address)
            accessible(page)

    def test_a_refused_form_stays_with_its_words(self, page_as, complaints, ada):
        complaints.allow("422")
        page = page_as(ada)
        page.goto(url("teams:invitation"))
        page.get_by_label("Name").fill("Eva Lund")
        page.get_by_label("E-mail").fill("eva@example.com")
        page.get_by_role("button", name="Send invitation").click()
        page.get_by_text("at least one team").wait_for()
        assert page.get_by_label("Name").input_value() == "Eva Lund"

    def test_invites_without_javascript(self, page_as, ada, north):
        page = page_as(ada, javascript=False)
        page.goto(url("teams:invitation"))
        page.get_by_label("Name").fill("Eva Lund")
        page.get_by_label("E-mail").fill("eva@example.com")
        page.get_by_role("checkbox", name="North").check()
        page.get_by_role("button", name="Send invitation").click()
        page.get_by_role("heading", name="Eva Lund").wait_for()
        assert User.objects.filter(email="eva@example.com").exists()
