"""HTML is filled as Django fills it, whatever a value holds."""

import pytest
from django.utils.functional import SimpleLazyObject, lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

from core.markup import escaped, filled


class Drawn:
    """Something that says itself what it is in HTML."""

    def __html__(self) -> str:
        return "<i>drawn</i>"

    def __str__(self) -> str:
        return "<plain>"


class Named:
    def __str__(self) -> str:
        return "<b>&'\""


class Safer(SafeString):
    pass


lazily_safe = lazy(lambda: mark_safe("<hr>"), SafeString)
HOSTILE = [
    "", "plain", "<script>alert(1)</script>", "\"' onmouseover=alert(1) x='", "&amp;", "{}", "{0}", "{0.__class__}", "%s", "\x00\u202e", "‘’«»é漢字🙂",
    "</span>", "<!--", "]]>", None, True, 0, -1.5, ["<b>"], {"<": ">"}, b"<b>", mark_safe("<b>&</b>"), Safer("<u>"), Drawn(), Named(),
    gettext_lazy("Save"), lazily_safe(), SimpleLazyObject(lambda: "<late>"), SimpleLazyObject(lambda: mark_safe("<late>")),
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
class TestFilled:
    def test_is_what_django_makes_of_it(self, value):
        for template in ("{}", '<a title="{}">x</a>', "<p>{{}} {}</p>"):
            assert filled(template, value) == format_html(template, value)

    def test_is_safe_and_stays_as_it_is_when_filled_in_again(self, value):
        once = filled("<b>{}</b>", value)
        assert isinstance(once, SafeString)
        assert filled("<p>{}</p>", once) == format_html("<p>{}</p>", once) == f"<p>{once}</p>"

    def test_beside_others(self, value):
        assert filled("{}:{}:{}", "<", value, mark_safe("<br>")) == format_html("{}:{}:{}", "<", value, mark_safe("<br>"))


def test_what_is_not_safe_never_keeps_a_sign_of_html():
    for value in HOSTILE:
        if not hasattr(value, "__html__"):
            assert not set("<>\"'") & set(escaped(value)), value
