"""The files pages ask for exist, plain and under hashed names."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template import Context, Template

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
SCRIPTS = sorted((STATIC / "js").glob("*.js"))


class TestModules:
    @pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
    def test_import_only_what_is_there(self, path):
        for target in re.findall(r'(?:from|import)\s*\(?"(\.[^"]+)"', path.read_text()):
            assert (path.parent / target).is_file(), target

    @pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
    def test_evaluate_no_text_as_code_or_markup(self, path):
        assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", path.read_text())

    def test_say_only_words_of_the_page(self):
        known = set(re.findall(r'data-([a-z-]+)="', (ROOT / "templates/shell/_words.html").read_text()))
        for path in SCRIPTS:
            for asked in re.findall(r'words\("(\w+)"', path.read_text()):
                assert re.sub(r"[A-Z]", lambda m: "-" + m[0].lower(), asked) in known, (path.name, asked)


class TestStylesheet:
    CSS = (STATIC / "css" / "app.css").read_text()

    def test_keeps_its_order_of_layers(self):
        assert "@layer reset, tokens, base, layout, components, screens, utilities, print;" in self.CSS

    def test_has_no_id_in_a_selector(self):
        assert not re.search(r"^\s*#[a-z][\w-]*\s*[{,]", self.CSS, re.MULTILINE)

    def test_asks_no_other_host(self):
        assert not re.search(r"url\(\"?(https?:)?//", self.CSS) and "@import" not in self.CSS

    def test_uses_only_tokens_that_exist(self):
        defined = set(re.findall(r"(--[\w-]+)\s*:", self.CSS))
        assert set(re.findall(r"var\((--[\w-]+)\)", self.CSS)) <= defined


class TestHashedNames:
    @pytest.fixture
    def hashed(self, settings, tmp_path):
        """Collect our own files as the image build does."""
        settings.STATIC_ROOT = tmp_path
        settings.STATICFILES_DIRS = [STATIC]
        settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
        hashing = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
        settings.STORAGES = {**settings.STORAGES, "staticfiles": hashing}
        call_command("collectstatic", interactive=False, verbosity=0)
        return tmp_path

    def test_reach_icons_with_their_fragment(self, hashed):
        html = Template('{% load ui %}{% icon "phone" %}').render(Context())
        address = re.search(r'href="/static/(icons\.\w+\.svg)#i-phone"', html)
        assert address and (hashed / address[1]).is_file()

    def test_reach_the_fonts_from_the_stylesheet(self, hashed):
        (sheet,) = hashed.glob("css/app.*.css")
        fonts = re.findall(r'url\("\.\./(fonts/[^"]+)"\)', sheet.read_text())
        assert len(fonts) == 2 and all((hashed / font).is_file() and font.count(".") == 2 for font in fonts)
