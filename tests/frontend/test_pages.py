"""Signed-out pages, account pages and error pages in the product's own frame."""

import re
from urllib.parse import urlsplit

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from teams import invitations
from tests.factories import teams

INLINE = re.compile(r"<style\b|\sstyle=|\son[a-z]+=\"|<script>(?!\s*\{)|data:image", re.IGNORECASE)


def clean(response, status: int = 200) -> str:
    """Return the page's text after checking that the strict policy would not break it."""
    html = response.content.decode()
    assert response.status_code == status, html[:300]
    assert not INLINE.search(html), INLINE.search(html)
    assert "css/app.css" in html
    return html


@pytest.mark.django_db
class TestSignedOutPages:
    @pytest.mark.parametrize(
        "name", ["account_login", "account_reset_password", "account_reset_password_done", "account_signup"]
    )
    def test_stand_in_the_entrance(self, client, name):
        html = clean(client.get(reverse(name)))
        assert 'class="solo"' in html and "data-signin" in html and "<h1" in html

    def test_sign_in_keeps_the_way_back(self, client):
        assert 'name="next" value="/leads/7/"' in clean(client.get(reverse("account_login"), {"next": "/leads/7/"}))

    def test_a_wrong_password_is_said_once_and_the_address_kept(self, client):
        html = clean(client.post(reverse("account_login"), {"login": "nora@fjordfinch.example", "password": "nope"}))
        assert 'role="alert"' in html and 'value="nora@fjordfinch.example"' in html and "nope" not in html

    def test_a_dead_link_offers_a_new_one(self, client):
        url = reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "dead-beef"})
        assert reverse("account_reset_password") in clean(client.get(url))

    def test_a_living_link_sets_the_password(self, client, nora):
        page = client.get(urlsplit(invitations.link_for(nora)).path, follow=True)
        assert 'autocomplete="new-password"' in clean(page)
        chosen = {"password1": "Seven-quiet-owls", "password2": "Seven-quiet-owls"}
        clean(client.post(page.request["PATH_INFO"], chosen, follow=True))
        assert client.login(email=nora.email, password="Seven-quiet-owls")


@pytest.mark.django_db
class TestAccountPages:
    @pytest.fixture
    def signed_in(self, client, nora):
        nora.set_password(teams.PASSWORD)
        nora.save(update_fields=["password"])
        client.post(reverse("account_login"), {"login": nora.email, "password": teams.PASSWORD})
        client.post(reverse("account_reauthenticate"), {"password": teams.PASSWORD})
        return client

    @pytest.mark.parametrize(
        "name", ["account_logout", "account_change_password", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn"]
    )
    def test_stand_in_the_shell(self, signed_in, name):
        html = clean(signed_in.get(reverse(name), follow=True))
        assert 'class="app"' in html and 'id="usermenu"' in html

    def test_the_secret_of_the_second_factor_is_a_picture_in_the_page(self, signed_in):
        assert 'class="totp-qr"' in clean(signed_in.get(reverse("mfa_activate_totp")))

    def test_asking_again_who_one_is_stands_in_the_entrance(self, signed_in):
        assert 'class="solo"' in clean(signed_in.get(reverse("account_reauthenticate")))


class TestErrorPages:
    @pytest.mark.parametrize("name", ["400", "403", "500", "503"])
    def test_need_neither_a_request_nor_the_database(self, name):
        html = render_to_string(f"{name}.html")
        assert "<h1>" in html and not INLINE.search(html) and "htmx" not in html.split("</head>")[1]

    @pytest.mark.django_db
    def test_an_unknown_page_is_the_same_for_what_is_hidden(self, client_of, nora):
        html = clean(client_of(nora).get("/no/such/page/"), 404)
        assert 'class="app"' in html and "can’t find that page" in html

    @pytest.mark.django_db
    def test_a_stranger_sees_no_shell(self, client):
        assert "sidebar" not in clean(client.get("/no/such/page/"), 404)


@pytest.mark.django_db
class TestAdmin:
    def test_wears_our_skin_without_inline_code(self, client_of, ada):
        html = client_of(ada).get(reverse("admin:index")).content.decode()
        assert "css/admin.css" in html and not INLINE.search(html)


@pytest.mark.django_db
class TestGallery:
    def test_is_for_those_who_set_things_up(self, client_of, nora, tess):
        assert client_of(nora).get(reverse("core:gallery")).status_code == 404
        clean(client_of(tess).get(reverse("core:gallery")))
