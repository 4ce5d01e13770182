"""Coming in: password, ten tries, second factor, demo people; and being put out at once."""

import hashlib
import threading
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.db import connection
from django.urls import reverse

from core.models import AuditEntry
from teams import people, tries
from teams.models import SignInTry, User
from tests.factories import teams

LOGIN = "/account/login/"


def sign_in(client, email: str, password: str = teams.PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def signed_up(north):
    return teams.person("Nora Bakke", north, email="nora@fjordfinch.example", password=teams.PASSWORD)


class TestPassword:
    def test_lets_in_and_is_audited(self, client, signed_up):
        answer = sign_in(client, "Nora@FjordFinch.example")
        assert answer.status_code == 302
        assert client.session["_auth_user_id"] == str(signed_up.pk)
        assert AuditEntry.objects.get(action="signed in").actor == signed_up
        assert not EmailAddress.objects.exists()

    def test_refuses_known_and_unknown_people_with_the_same_words(self, client, signed_up):
        known = sign_in(client, signed_up.email, "not the password")
        unknown = sign_in(client, "nobody@fjordfinch.example", "not the password")
        assert known.status_code == unknown.status_code == 200
        words = [[str(error) for error in answer.context["form"].non_field_errors()] for answer in (known, unknown)]
        assert words[0] == words[1] and words[0]

    def test_takes_as_long_for_somebody_unknown(self, client, signed_up, settings, monkeypatch):
        """The hash is all that takes long: each try computes one, and both equally dear ones."""
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
        signed_up.set_password(teams.PASSWORD)
        signed_up.save()
        computed, compute = [], hashlib.scrypt

        def count(password, *, salt, **cost):
            computed.append(cost)
            return compute(password, salt=salt, **cost)

        monkeypatch.setattr(hashlib, "scrypt", count)
        sign_in(client, signed_up.email, "not the password")
        known = computed.copy()
        sign_in(client, "nobody@fjordfinch.example", "not the password")
        unknown = computed[len(known) :]
        assert known == unknown and len(known) == 1 and known[0]["n"] > 1

    def test_keeps_out_who_was_deactivated(self, client, signed_up):
        people.deactivate(signed_up)
        sign_in(client, signed_up.email)
        assert "_auth_user_id" not in client.session

    def test_nobody_signs_up(self, client, db):
        page = client.post("/account/signup/", {"email": "eve@example.com", "password1": "a long sunny afternoon"})
        assert page.status_code == 200 and not User.objects.exists()


class TestTenTries:
    @pytest.mark.parametrize("email", ["nora@fjordfinch.example", "nobody@fjordfinch.example"])
    def test_the_eleventh_is_refused_even_with_the_right_password(self, client, signed_up, email):
        for _ in range(10):
            sign_in(client, email, "not the password")
        answer = sign_in(client, email)
        assert "Too many" in str(answer.context["form"].non_field_errors())
        assert "_auth_user_id" not in client.session

    def test_counts_anew_once_the_right_person_came_in(self, client, signed_up):
        for _ in range(9):
            sign_in(client, signed_up.email, "not the password")
        sign_in(client, signed_up.email)
        assert not SignInTry.objects.exists()

    def test_counts_anew_after_fifteen_minutes(self, client, signed_up):
        for _ in range(10):
            assert tries.take(signed_up.email)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE teams_signintry SET at = at - interval '15 minutes 1 second'")
        assert tries.take(signed_up.email)

    @pytest.mark.django_db(transaction=True)
    def test_is_exact_when_thirty_try_at_once(self):
        taken = []

        def attempt():
            taken.append(tries.take("nora@fjordfinch.example"))
            connection.close()

        threads = [threading.Thread(target=attempt) for _ in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == [False] * 20 + [True] * 10

    def test_keeps_no_address(self, signed_up):
        tries.take(signed_up.email)
        assert "nora" not in SignInTry.objects.get().account


class TestSessions:
    @pytest.mark.parametrize("what", ["deactivate", "role", "password", "factor"])
    def test_end_with_the_next_request(self, client_of, nora, ada, what):
        client = client_of(nora)
        assert client.get("/account/2fa/").status_code == 200
        if what == "deactivate":
            people.deactivate(nora, by=ada)
        elif what == "role":
            people.change_role(nora, "ops", by=ada)
        elif what == "password":
            nora.set_password("another long afternoon")
            nora.save()
        else:
            people.reset_second_factor(nora, by=ada)
        answer = client.get("/account/2fa/")
        assert answer.status_code == 302 and answer["Location"].startswith(LOGIN)

    def test_a_fragment_of_an_ended_session_answers_401(self, client_of, nora):
        client = client_of(nora)
        people.deactivate(nora)
        answer = client.get("/", headers={"HX-Request": "true"})
        assert answer.status_code == 401 and answer["HX-Trigger"] == "session:ended"

    def test_the_last_administrator_stays(self, ada):
        for act in (people.deactivate, lambda person: people.change_role(person, "rep")):
            with pytest.raises(people.LastAdministrator):
                act(ada)
        assert User.objects.get(pk=ada.pk).is_active


class TestSecondFactor:
    @pytest.fixture(autouse=True)
    def required(self, settings):
        settings.REQUIRE_MFA = True

    def test_is_set_up_before_anything_else(self, client_of, tess, olga, ada):
        for person in (tess, olga, ada):
            client = client_of(person)
            answer = client.get("/")
            assert answer.status_code == 302 and answer["Location"] == reverse("mfa_index")
            fragment = client.get("/", headers={"HX-Request": "true"})
            assert (fragment.status_code, fragment["HX-Redirect"]) == (204, reverse("mfa_index"))
            assert client.get("/admin/").status_code == 302

    def test_is_not_asked_of_a_sales_rep(self, client_of, nora):
        assert client_of(nora).get("/").status_code == 200

    def test_is_asked_for_at_each_sign_in(self, client, north):
        tess = teams.person("Tess Moran", north, role="manager", password=teams.PASSWORD)
        secret = generate_totp_secret()
        TOTP.activate(tess, secret)
        assert sign_in(client, tess.email)["Location"] == reverse("mfa_authenticate")
        assert "_auth_user_id" not in client.session
        refused = client.post(reverse("mfa_authenticate"), {"code": "000000"})
        assert refused.status_code == 200 and "_auth_user_id" not in client.session
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert client.session["_auth_user_id"] == str(tess.pk)
        assert client.get("/").status_code == 200

    def test_ten_codes_are_tried_and_no_more(self, client, north):
        tess = teams.person("Tess Moran", north, role="manager", password=teams.PASSWORD)
        secret = generate_totp_secret()
        TOTP.activate(tess, secret)
        sign_in(client, tess.email)
        for _ in range(10):
            client.post(reverse("mfa_authenticate"), {"code": "000000"})
        client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert "_auth_user_id" not in client.session

    def test_lies_sealed_in_the_database(self, nora):
        secret = generate_totp_secret()
        TOTP.activate(nora, secret)
        assert secret not in str(Authenticator.objects.get(type="totp").data)

    def test_the_last_one_can_not_be_taken_away_by_who_needs_it(self, tess, nora):
        from allauth.mfa.adapter import get_adapter

        for person, may_go in ((tess, False), (nora, True)):
            TOTP.activate(person, generate_totp_secret())
            only = Authenticator.objects.get(user=person, type="totp")
            assert get_adapter().can_delete_authenticator(only) is may_go


class TestDemo:
    @pytest.fixture
    def guest(self, north):
        return teams.person("Nora Bakke", north, is_demo=True)

    def test_steps_in_with_one_click(self, client, guest, settings):
        settings.DEMO = True
        assert client.get(LOGIN).status_code == 200
        answer = client.post(reverse("teams:demo_sign_in"), {"person": guest.pk, "next": "/leads/"})
        assert (answer.status_code, answer["Location"]) == (302, "/leads/")
        assert client.session["_auth_user_id"] == str(guest.pk)

    def test_leads_nowhere_else(self, client, guest, settings):
        settings.DEMO = True
        answer = client.post(reverse("teams:demo_sign_in"), {"person": guest.pk, "next": "https://evil.example/"})
        assert answer["Location"] == reverse("workspace:today")

    def test_is_not_there_outside_demo_mode(self, client, guest):
        assert client.post(reverse("teams:demo_sign_in"), {"person": guest.pk}).status_code == 404
        assert reverse("teams:demo_sign_in") not in client.get(LOGIN).text

    @pytest.mark.parametrize("person", ["other", "", "9" * 30, "x"])
    def test_opens_no_other_account(self, client, nora, settings, person):
        settings.DEMO = True
        number = nora.pk if person == "other" else person
        assert client.post(reverse("teams:demo_sign_in"), {"person": number}).status_code == 404
        assert "_auth_user_id" not in client.session
