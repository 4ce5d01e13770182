"""./crm manage add_person and ensure_demo_people."""

import io

import pytest
from django.core.management import CommandError, call_command

from teams.models import SalesTeam, User
from tests.factories import teams


def add(monkeypatch, *words: str, password: str | None = None) -> str:
    said = io.StringIO()
    if password is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        words += ("--password-stdin",)
    call_command("add_person", *words, stdout=said)
    return said.getvalue()


class TestAddPerson:
    def test_adds_somebody_who_can_sign_in(self, db, monkeypatch, client):
        add(monkeypatch, "eva@example.com", "--role", "manager", "--team", "Sales", password=teams.PASSWORD)
        eva = User.objects.get()
        assert eva.role == "manager" and eva.seats[0].team == SalesTeam.objects.get(is_default=True)
        assert client.login(email="eva@example.com", password=teams.PASSWORD)

    def test_gives_a_link_when_no_password_was_given(self, db, monkeypatch):
        assert "/account/password/reset/key/" in add(monkeypatch, "eva@example.com", "--role", "rep")

    def test_changes_who_is_there(self, nora, north, south, monkeypatch):
        add(monkeypatch, "NORA@fjordfinch.example", "--role", "ops", "--team", "South", password=teams.PASSWORD)
        nora = User.objects.get()
        assert nora.role == "ops" and nora.team_ids == [south.pk] and nora.check_password(teams.PASSWORD)

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["eva@example.com", "--team", "Nowhere"], "no team 'Nowhere'. Teams are: North, Sales"),
            (["not-an-address"], "not an e-mail address"),
            (["eva@example.com", "--role", "boss"], "invalid choice: 'boss'"),
        ],
    )
    def test_says_what_is_wrong_and_adds_nobody(self, north, monkeypatch, words, sentence):
        with pytest.raises(CommandError, match=sentence):
            add(monkeypatch, *words)
        assert not User.objects.exists()

    def test_refuses_a_weak_password_and_adds_nobody(self, db, monkeypatch):
        with pytest.raises(CommandError, match="refused"):
            add(monkeypatch, "eva@example.com", password="123")
        assert not User.objects.exists()

    def test_leaves_the_only_administrator_one(self, ada, monkeypatch):
        with pytest.raises(CommandError, match="only administrator"):
            add(monkeypatch, ada.email, "--role", "rep")


class TestEnsureDemoPeople:
    def test_makes_every_role_once(self, db, settings, django_assert_max_num_queries):
        settings.DEMO = True
        call_command("ensure_demo_people", stdout=io.StringIO())
        before = set(User.objects.values_list("email", "role"))
        with django_assert_max_num_queries(20):
            call_command("ensure_demo_people", stdout=io.StringIO())
        assert set(User.objects.values_list("email", "role")) == before
        assert {role for _, role in before} == {"rep", "manager", "ops", "administrator"}
        assert not any(person.has_usable_password() for person in User.objects.all())

    def test_makes_nobody_outside_demo_mode(self, db):
        with pytest.raises(CommandError, match="demo mode"):
            call_command("ensure_demo_people")
        assert not User.objects.exists()
