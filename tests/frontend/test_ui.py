"""The component tags: what they draw, and that what people typed stays text."""

from datetime import timedelta

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template
from django.test import RequestFactory

from core import clock, components, wording


def draw(source: str, **context) -> str:
    return Template("{% load ui i18n %}" + source).render(Context(context))


class TestScore:
    @pytest.mark.parametrize(
        ("value", "tone"), [(92, "hot"), (70, "hot"), (69, "warm"), (40, "warm"), (39, "cold"), (0, "cold")]
    )
    def test_has_a_band_by_icon_word_and_tone(self, value, tone):
        html = draw("{% score value %}", value=value)
        assert f"tone-{tone}" in html and f'#i-{components.BAND_ICONS[tone]}"' in html
        assert f'<span class="vh"> {tone}</span>' in html

    def test_takes_the_teams_own_limits(self):
        assert "tone-warm" in draw("{% score 72 hot=80 warm=50 %}")

    def test_can_be_missing(self):
        assert "No score" in draw("{% score value %}", value=None)
        assert "No score" in draw("{% ring value %}", value=None)

    def test_zero_is_a_score(self):
        assert "No score" not in draw("{% score 0 %}{% ring 0 %}")

    def test_ring_says_it_to_screen_readers(self):
        assert 'role="img" aria-label="Score 58 of 100, warm"' in draw("{% ring 58 %}")


class TestText:
    @pytest.mark.parametrize(
        "source",
        [
            "{% who text %}",
            "{% badge text %}",
            "{% tag text %}",
            "{% status text %}",
            "{% src text %}",
            "{% due_words text %}",
            "{% chip text text text text %}",
            "{% toast text %}",
            "{% notice 'bad' 'info' text %}{{ text }}{% endnotice %}",
            "{% empty 'art' text text %}{{ text }}{% endempty %}",
            "{% dialog 'a' text text %}{{ text }}{% enddialog %}",
            "{% next_act 'bad' 'phone' text text %}{{ text }}{% endnext_act %}",
            "{% iconbtn 'x' text data_x=text %}",
            "{% spark values 'hot' text %}",
        ],
    )
    def test_is_never_markup(self, source):
        html = draw(source, text='<script>alert("1")</script>', values=[1, 2])
        assert "<script>" not in html and "&lt;script&gt;" in html


class TestPeople:
    def test_wear_their_own_colour(self):
        class Person:
            hue = 4

            def __str__(self):
                return "Nora Bakke"

        assert draw("{% avatar person %}", person=Person()) == '<span class="avatar hue-4" aria-hidden="true">NB</span>'

    def test_nobody_is_said(self):
        assert "Unassigned" in draw("{% who None %}")


class TestTime:
    def test_stands_in_a_time_element_with_the_whole_date(self, at):
        with clock.stopped_at(at):
            html = draw("{% ago moment %}", moment=at - timedelta(minutes=12))
        assert html == '<time datetime="2026-11-18T09:18:00+00:00" title="18 Nov 2026 09:18">12 min ago</time>'

    def test_stands_in_a_sentence_day_first(self, at):
        assert wording.moment(at, now=at) == "18 Nov 09:30"
        assert wording.moment(at, now=at.replace(year=2027)) == "18 Nov 2026 09:30"

    def test_a_country_is_named_and_what_is_none_stays(self):
        assert draw('{% country "SE" %} {% country "Atlantis" %}') == "Sweden Atlantis"

    def test_a_clock_that_stands_does_not_count(self):
        assert "data-countdown" not in draw("{% sla 132 running=False %}")
        assert 'data-countdown="132" data-goal="300" data-limit="3600"' in draw("{% sla 132 %}")

    @pytest.mark.parametrize(("minutes", "sign"), [(3, "fg-ok"), (41, "fg-warm"), (90, "fg-bad")])
    def test_a_reply_is_judged_by_goal_and_limit(self, minutes, sign):
        assert sign in draw("{% replied taken %}", taken=timedelta(minutes=minutes))


class TestActivityBar:
    def test_fills_the_whole_width_and_says_the_counts(self):
        html = draw("{% actbar 2 1 5 2 %}")
        assert 'aria-label="Activities: 2 overdue, 1 today, 5 planned, 2 none"' in html
        assert '<rect class="a-plan" x="30.0" width="50.0"' in html

    def test_of_nothing_is_empty(self):
        assert 'width="0.0"' in draw("{% actbar 0 0 0 0 %}")


class TestWhy:
    def test_draws_up_to_the_right_and_down_to_the_left(self):
        html = draw(
            "{% why reasons base=45 %}", reasons=[{"fact": "Quote", "points": 22}, {"fact": "Region", "points": -4}]
        )
        assert '<rect class="up" x="41" y="1.5" width="33"' in html
        assert '<rect class="down" x="33" y="1.5" width="6"' in html
        assert "+22" in html and "−4" in html and ">45<" in html

    def test_keeps_large_reasons_inside_the_picture(self):
        html = draw("{% why reasons %}", reasons=[{"fact": "All", "points": -90}])
        assert 'x="0" y="1.5" width="39"' in html


class TestNotice:
    def test_puts_its_actions_beside_the_text(self):
        html = draw('{% notice "warm" "info" "T" %}<p>text</p><div class="acts"><b>go</b></div>{% endnotice %}')
        assert '<p>text</p></div><div class="acts">' in html


class TestPager:
    def test_keeps_the_filter_in_the_address(self):
        request = RequestFactory().get("/leads/?q=acme&page=2")
        html = self.pager(request, Paginator(range(95), 20).get_page(2))
        assert "21 to 40 of 95" in html and "q=acme&amp;page=3" in html and 'rel="prev"' in html

    def test_is_not_there_for_one_page(self):
        assert self.pager(RequestFactory().get("/"), Paginator(range(5), 20).get_page(1)) == ""

    def pager(self, request, page) -> str:
        context = RequestContext(request, {"request": request, "page": page})
        return Template("{% load ui %}{% pager page %}").render(context).strip()


class SampleForm(forms.Form):
    email = forms.EmailField(help_text="We answer there.")
    consent = forms.BooleanField()
    reason = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    own = forms.CharField(widget=forms.TextInput(attrs={"class": "mine"}))


class TestField:
    def test_carries_class_hint_and_error_for_screen_readers(self):
        html = SampleForm({"email": "kai@brandt"})["email"].as_field_group()
        assert 'class="input"' in html and 'aria-invalid="true"' in html
        assert 'aria-describedby="id_email_helptext id_email_error"' in html
        assert '<span class="hint" id="id_email_helptext">We answer there.</span>' in html
        assert '<span class="err" id="id_email_error">' in html and "Enter a valid email address." in html

    def test_a_check_stands_before_its_label(self):
        html = SampleForm()["consent"].as_field_group()
        assert html.index('type="checkbox"') < html.index("Consent") and 'class="check"' in html

    def test_choices_are_a_named_group(self):
        html = SampleForm({})["reason"].as_field_group()
        assert "<fieldset" in html and "<legend>Reason" in html and 'aria-describedby="id_reason_error"' in html

    def test_keeps_a_class_of_its_own(self):
        assert 'class="mine"' in SampleForm()["own"].as_field_group()

    def test_errors_are_listed_once_with_links(self):
        html = draw("{% form_errors form %}", form=SampleForm({}))
        assert "4 fields need attention" in html and 'href="#id_email"' in html
