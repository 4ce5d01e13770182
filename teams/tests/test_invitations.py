"""Being asked in, and choosing a new password: by a link that works once."""

import re

import pytest
from django.urls import reverse

from correspondence.models import OutgoingMail
from teams import invitations, people
from teams.models import User
from tests.factories import teams

PASSWORD = "seven quiet owls at noon"


def path_of(link: str, settings) -> str:
    assert link.startswith(settings.PUBLIC_URL)
    return link.removeprefix(settings.PUBLIC_URL)


def choose(client, path: str, password: str = PASSWORD):
    page = client.get(path, follow=True)
    return client.post(page.redirect_chain[-1][0] if page.redirect_chain else path, {"password1": password, "password2": password})


class TestInvite:
    def test_mails_a_link_that_sets_the_password_and_signs_in(self, client, ada, north, at, settings):
        person = invitations.invite("Eva@Example.com", name="Eva Lund", teams=[north], at=at, by=ada)
        mail = OutgoingMail.objects.get()
        assert mail.to == "eva@example.com" and mail.person == person and not person.has_usable_password()
        link = re.search(r"http\S+", mail.text)[0]
        choose(client, path_of(link, settings))
        assert client.session["_auth_user_id"] == str(person.pk)
        assert User.objects.get(pk=person.pk).check_password(PASSWORD)

    def test_the_link_works_once(self, client, ada, at, settings):
        person = invitations.invite("eva@example.com", name="Eva", at=at, by=ada)
        path = path_of(invitations.link_for(person), settings)
        choose(client, path)
        client.logout()
        choose(client, path, "another password of mine")
        assert User.objects.get(pk=person.pk).check_password(PASSWORD)

    def test_the_link_of_somebody_deactivated_opens_nothing(self, client, ada, at, settings):
        person = invitations.invite("eva@example.com", name="Eva", at=at, by=ada)
        people.deactivate(person, by=ada)
        choose(client, path_of(invitations.link_for(person), settings))
        assert "_auth_user_id" not in client.session

    @pytest.mark.parametrize("name", ["Eva\r\nBcc: all@example.com", "{{ 7*7 }} <script>"])
    def test_a_name_adds_no_header_and_no_markup(self, ada, at, name):
        invitations.invite("eva@example.com", name=name, at=at, by=ada)
        mail = OutgoingMail.objects.get()
        assert "\n" not in mail.subject and mail.headers == {} and mail.html == ""


class TestReset:
    def ask(self, client, email: str):
        return client.post(reverse("account_reset_password"), {"email": email})

    def test_sends_the_link_to_somebody_known(self, client, north, settings):
        nora = teams.person("Nora", north, email="nora@fjordfinch.example", password="the old one it was")
        self.ask(client, "NORA@fjordfinch.example")
        link = re.search(r"http\S+", OutgoingMail.objects.get(person=nora).text)[0]
        choose(client, path_of(link, settings))
        assert User.objects.get(pk=nora.pk).check_password(PASSWORD)

    def test_answers_an_unknown_address_alike_and_keeps_nothing_of_it(self, client, nora):
        known, unknown = self.ask(client, nora.email), self.ask(client, "nobody@example.com")
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
        assert OutgoingMail.objects.get().to == nora.email

    def test_names_this_installation_whatever_host_was_asked(self, client, nora, settings):
        settings.ALLOWED_HOSTS = ["*"]
        client.post(reverse("account_reset_password"), {"email": nora.email}, headers={"Host": "evil.example"})
        assert "evil" not in OutgoingMail.objects.get().text
