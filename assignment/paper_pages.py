"""The simulator's rooms: the path of one lead, typed or real, and who would have got how many. Nothing is written."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from assignment import replaying, simulator
from assignment.rule_access import chosen, managed, team_asked, visible
from core import clock, custom_fields
from core.conditions.kinds import countries
from core.htmx import page_or_fragment
from core.models import Tag
from leads import cleaning
from leads.models import Campaign, Channel, Engagement, Lead, Medium, Source
from leads.places import language_code
from teams import rights
from teams.models import SalesTeam

DAYS = 30
ACTS = {"event": "name", "page": "url"}  # what may be typed of what a lead did, and where an act says it
DID = [(kind.value, kind.label) for kind in Engagement.Kind if kind.value not in ACTS]
COUNTS = {"open": "emails_opened", "click": "emails_clicked", "reply": "emails_replied", "visit": "visits", "page": "pages_viewed"}


class TypedLeadForm(forms.Form):
    """A lead as somebody imagines it."""

    team = forms.ModelChoiceField(SalesTeam.objects.none(), label=gettext_lazy("Comes to the team"), empty_label=None)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=300, required=False)
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=320, required=False)
    company_name = forms.CharField(label=gettext_lazy("Company"), max_length=300, required=False)
    job_title = forms.CharField(label=gettext_lazy("Job title"), max_length=300, required=False)
    industry = forms.CharField(label=gettext_lazy("Industry"), max_length=120, required=False)
    company_size = forms.IntegerField(label=gettext_lazy("Employees"), min_value=0, max_value=2**31 - 1, required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"), choices=lambda: [("", "—"), *countries()], required=False)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=20, required=False)
    region = forms.CharField(label=gettext_lazy("Region"), max_length=120, required=False)
    city = forms.CharField(label=gettext_lazy("City"), max_length=120, required=False)
    language = forms.CharField(label=gettext_lazy("Language"), max_length=35, required=False)
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Channel.choices, initial="web_form")
    source = forms.ModelChoiceField(Source.objects.order_by("name"), label=gettext_lazy("Source"), empty_label="—", required=False)
    medium = forms.ModelChoiceField(Medium.objects.order_by("name"), label=gettext_lazy("Medium"), empty_label="—", required=False)
    campaign = forms.ModelChoiceField(Campaign.objects.order_by("name"), label=gettext_lazy("Campaign"), empty_label="—", required=False)
    tags = forms.ModelMultipleChoiceField(Tag.objects.order_by("name"), label=gettext_lazy("Tags"), required=False)
    score = forms.IntegerField(label=gettext_lazy("Score"), min_value=0, max_value=100, required=False)
    message = forms.CharField(label=gettext_lazy("Message"), max_length=2000, required=False)
    event = forms.CharField(label=gettext_lazy("Attended the event"), max_length=200, required=False)
    page = forms.CharField(label=gettext_lazy("Viewed the page"), max_length=200, required=False)
    did = forms.MultipleChoiceField(
        label=gettext_lazy("What else it did"), choices=DID, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Conditions on what a lead did see what is given here, and nothing else."),
    )  # fmt: skip
    days = forms.IntegerField(label=gettext_lazy("How many days ago it did that"), min_value=0, max_value=3650, required=False)

    def __init__(self, *args: Any, teams: list[SalesTeam], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields |= custom_fields.form_fields("lead", {})
        self.fields["team"].queryset = SalesTeam.objects.filter(pk__in=[team.pk for team in teams]).order_by("name", "pk")

    def lead(self, at) -> Lead:
        """Return the lead that was typed, ready for the rules and never saved."""
        said = dict(self.cleaned_data)
        tags, prefix = said.pop("tags"), custom_fields.PREFIX
        acts = [(kind, {about: words}) for kind, about in ACTS.items() if (words := said.pop(kind))] + [(kind, {}) for kind in said.pop("did")]
        then = at - timedelta(days=said.pop("days") or 0)
        custom = {name.removeprefix(prefix): said.pop(name) for name in list(said) if name.startswith(prefix)}
        lead = Lead(pk=-1, captured_at=at, custom={key: value for key, value in custom.items() if value is not None}, **said)
        lead.is_open = True
        lead.temperature = lead.team.temperature_of(lead.score)
        doings = [Engagement(lead=lead, kind=kind, occurred_at=then, details=details) for kind, details in acts]
        for kind, _details in acts:
            lead.last_engaged_at = then
            if kind in COUNTS:
                setattr(lead, COUNTS[kind], 1)
        lead._prefetched_objects_cache = {"tags": list(tags), "engagements": doings}
        cleaning.derive(lead)
        return lead

    def clean_language(self) -> str:
        said = self.cleaned_data["language"].strip()
        return language_code(said) or said


@rights.requires("set up rules")
@require_http_methods(["GET", "HEAD", "POST"])
def simulation(request: HttpRequest) -> HttpResponse:
    """Show the path of a real lead (`?lead=`) or of one that is typed."""
    teams, at = managed(request.user), clock.now()
    typed = request.POST if request.method == "POST" else None
    form, lead = TypedLeadForm(typed, teams=teams), None
    if typed is not None and form.is_valid():
        lead = form.lead(at)
    elif typed is None and request.GET.get("lead"):
        lead = _real(request)
    context = {
        "form": form, "lead": lead, "is_real": typed is None, "path": simulator.walk(lead, at=at) if lead else None,
        "back": "assignment:rules", "back_label": _("Rules"),
    }  # fmt: skip
    status = 422 if typed is not None and lead is None else 200
    return page_or_fragment(request, "assignment/simulator.html", context, fragment="form", status=status)


def _real(request: HttpRequest) -> Lead:
    """Return the lead an address names by its number or its e-mail, if the person may see it; else it does not exist (404)."""
    asked = request.GET["lead"].strip().removeprefix("#")
    leads = Lead.objects.visible_to(request.user).select_related("team")
    if asked.isascii() and asked.isdigit() and len(asked) < 16:
        return get_object_or_404(leads, pk=int(asked))
    found = leads.filter(email_key=asked.lower()).order_by("-captured_at", "-pk").first() if asked else None
    return found or get_object_or_404(leads, pk=-1)


@rights.requires("set up rules")
@require_GET
def replays(request: HttpRequest) -> HttpResponse:
    """Hand the leads of the last 30 days out anew, by the rules as they are or with drafts turned on."""
    at, team, on = clock.now(), team_asked(request), chosen(request.GET.getlist("on"))
    rows = visible("assignment", request.user, team)
    leads = Lead.objects.visible_to(request.user)
    if team is not None:
        leads = leads.filter(team=team)
    by_rules = [rule for rule in rows if rule.is_active or rule.pk in on]
    found = replaying.replay(leads, by_rules, since=at - timedelta(days=DAYS), at=at)
    context = {
        "replay": found, "days": DAYS, "team": team, "drafts": [(rule, rule.pk in on) for rule in rows if not rule.is_active],
        "back": "assignment:rules", "back_label": _("Rules"),
    }  # fmt: skip
    return page_or_fragment(request, "assignment/replay.html", context, fragment="result")
