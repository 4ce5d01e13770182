"""Parts of pages that are drawn once and kept: another address, other numbers and another label show at once all the same."""

from types import SimpleNamespace

import pytest
from django.core.cache import caches
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.translation import override

from core.listing import Listing, Shown, Sort
from core.models import CustomField
from core.templatetags.lists import field_menu
from leads.models import Lead

pytestmark = pytest.mark.django_db
LIST = Listing("lead", sorts={"name": Sort("Name", "name")}, default="name")


@pytest.fixture(autouse=True)
def nothing_kept():
    caches["parts"].clear()


def shown(path: str, nora) -> Shown:
    request = RequestFactory().get(path)
    request.user = nora
    return LIST.read(request, Lead.objects.all())


class TestFieldMenu:
    def test_leads_to_the_list_it_stands_on(self, nora):
        first, second = field_menu(shown("/a/?sort=-name", nora)), field_menu(shown("/b/?x=%22%3E", nora))
        assert 'href="/a/?sort=-name&amp;add=score"' in first
        assert 'href="/a/' not in second and 'href="/b/?x=%22%3E&amp;add=score"' in second

    def test_says_what_the_list_itself_says(self, nora):
        page = shown("/a/", nora)
        for _group, fields in page.groups:
            for label, url in fields:
                assert f'href="{url}" hx-get="{url}"' in field_menu(page)
                assert str(label) in field_menu(page).replace("&#x27;", "'").replace("&amp;", "&")

    def test_a_field_that_is_renamed_shows_its_new_name(self, nora):
        field = CustomField.objects.create(record="lead", key="trade", label="<b>Trade</b>", type=CustomField.Type.TEXT)
        assert "&lt;b&gt;Trade&lt;/b&gt;" in field_menu(shown("/a/", nora))
        field.label = "Craft"
        field.save()
        drawn = field_menu(shown("/a/", nora))
        assert "Craft" in drawn and "Trade" not in drawn

    def test_each_language_has_its_own(self, nora):
        field_menu(shown("/a/", nora))
        with override("de"):
            keys = [key for key in caches["parts"]._cache if "field_menu" in key]
            field_menu(shown("/a/", nora))
            assert len([key for key in caches["parts"]._cache if "field_menu" in key]) == len(keys) + 1


class TestNavigation:
    def drawn(self, count, *, current: bool) -> str:
        item = SimpleNamespace(key="leads", label="Leads", icon="users", url="/leads/", go="l", alert=False, current=current, count=count)
        words = f"{item.url} {item.count or ''} {'here' if current else ''};"
        return render_to_string("shell/_nav.html", {"nav": [item], "nav_words": words, "section": ""})

    def test_is_drawn_anew_for_another_number_and_another_page(self):
        assert ">7<" in self.drawn(7, current=False)
        assert ">8<" in self.drawn(8, current=False)
        assert "aria-current" not in self.drawn(8, current=False)
        assert 'aria-current="page"' in self.drawn(8, current=True)
