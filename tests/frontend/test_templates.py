"""Rules every template keeps: a strict CSP, icons that exist, translated words, forms that work alone."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SYMBOLS = set(re.findall(r'<symbol id="i-([a-z0-9-]+)"', (ROOT / "static" / "icons.svg").read_text()))
LEFT_OUT = re.compile(
    r"\{#.*?#\}|<!--.*?-->|\{%-? ?comment\b.*?\{% endcomment %\}"
    r"|\{% block body_class %\}.*?\{% endblock %\}|\{% blocktrans(?:late)?\b.*?\{% endblocktrans(?:late)? %\}"
    r"|<(\w+)[^<>]*\btranslate=\"no\"[^<>]*>.*?</\1>|<script\b.*?</script>",
    re.DOTALL,
)
HANDLER = re.compile(r"<[^>]*\s(on[a-z]+|hx-on[\w:-]*)\s*=", re.IGNORECASE)
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!doctype html>")
WORDS = re.compile(r"[A-Za-z]{3,}")
SPOKEN = re.compile(r'\s(?:aria-label|title|placeholder|alt)="([^"]*)"')


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


def plain(text: str) -> str:
    """The template without what its tags and variables put in: quotes and brackets inside them confuse no rule."""
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)


def loose_words(text: str) -> list[str]:
    """Return the words a reader sees or hears that no translation tag surrounds."""
    text = LEFT_OUT.sub("", text)
    said = [attribute for tag in TAG.findall(plain(text)) for attribute in SPOKEN.findall(tag)]
    between = re.sub(
        r'[\w-]+="[^"]*"', "", TAG.sub("\n", plain(text))
    ).splitlines()  # a partial may be attributes alone
    return [line.strip() for line in (*between, *said) if WORDS.search(re.sub(r"&\w+;|Catchment", "", line))]


def without_mail(path: Path) -> bool:
    """Mail is the one place with inline styles."""
    return "mail" not in path.relative_to(ROOT / "templates").parts and "email" not in path.parts


each_template = pytest.mark.parametrize("path", [path for path in TEMPLATES if without_mail(path)], ids=name)


@each_template
class TestContentSecurity:
    def test_has_no_inline_style(self, path):
        text = plain(path.read_text())
        assert not re.search(r"<style\b|<[^>]*\sstyle\s*=", text, re.IGNORECASE)

    def test_has_no_inline_script(self, path):
        for opening in re.findall(r"<script\b[^>]*>", plain(path.read_text())):
            assert "src=" in opening or 'type="application/json"' in opening, opening

    def test_has_no_handler_and_no_code_in_attributes(self, path):
        text = plain(path.read_text())
        assert not HANDLER.search(text), HANDLER.search(text)
        assert "javascript:" not in text and not re.search(r'="js:', text)


@each_template
class TestIcons:
    def test_exist(self, path):
        text = path.read_text()
        asked = re.findall(r'\{% (?:icon|iconbtn|empty) "([a-z0-9-]+)"', text)
        asked += re.findall(r'\{% notice "[a-z]*" "([a-z0-9-]+)"', text) + re.findall(r'icon="([a-z0-9-]+)"', text)
        missing = set(asked) - SYMBOLS - {"art"}
        assert not missing, missing


class TestIconsOfTheCode:
    def test_exist(self):
        from core import components

        asked = {*components.BAND_ICONS.values(), *components.DUE_ICONS.values(), *components.SOURCE_ICONS.values()}
        asked |= set(re.findall(r'\bicon\("([a-z0-9-]+)"', Path(components.__file__).read_text()))
        assert asked <= SYMBOLS

    def test_of_the_navigation_exist(self):
        from core import shell

        assert {room.icon for room in shell._rooms.values()} <= SYMBOLS


@each_template
class TestWords:
    def test_are_translated(self, path):
        assert not (loose := loose_words(path.read_text())), loose


class TestTheScan:
    def test_finds_words_between_tags_and_in_spoken_attributes(self):
        text = '<p class="xs">Bare words</p><a title="Also bare">{{ name }}</a>{% translate "Not these" %}'
        assert loose_words(text) == ["Bare words", "Also bare"]

    def test_passes_over_what_is_marked_as_not_for_translation(self):
        assert (
            loose_words(
                '<b translate="no">Nora Bakke</b>{# a remark #}<i>{% blocktranslate %}Hi{% endblocktranslate %}</i>'
            )
            == []
        )


@each_template
class TestForms:
    def test_that_post_carry_their_token(self, path):
        for form in re.findall(r'<form\b[^>]*method="post".*?</form>', path.read_text(), re.DOTALL):
            assert "csrf" in form or "{{ token" in form, form[:200]

    def test_that_are_looked_at_keep_their_token_out_of_the_address(self, path):
        for tag in TAG.findall(path.read_text()):
            if "hx-get=" in tag and 'hx-include="closest form"' in tag:
                assert "hx-params=" in tag, tag

    def test_work_without_htmx(self, path):
        """A part that posts by itself lies in a form that a button sends; where a link comes back to may be said beside it."""
        for tag in TAG.findall(re.sub(r"\?next=\{\{ [a-z_.]+ \}\}", "", path.read_text())):
            if post := re.search(r'hx-post="([^"]*(?:\{%[^%]*%\})?[^"]*)"', tag):
                assert 'hx-include="closest form"' in tag or (tag.startswith("<form") and f'action="{post[1]}"' in tag), tag
            if tag.startswith("<a ") and (get := re.search(r'hx-get="([^"]*)"', tag)):
                assert f'href="{get[1]}"' in re.sub(r'#[a-z-]+"', '"', tag), tag
