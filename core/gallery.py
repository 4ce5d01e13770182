"""One of every component on one page, for those who build pages; tests and axe look at it too."""

from datetime import timedelta
from decimal import Decimal

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core import clock
from core.htmx import done

SWATCHES = (
    "bg surface sunken raised line ink-3 ink-2 ink accent accent-soft hot hot-soft warm warm-soft cold cold-soft "
    "ok ok-soft bad bad-soft care care-soft"
).split()
SOURCES = (
    "web_form",
    "chat",
    "email",
    "trade_show",
    "webinar",
    "social",
    "referral",
    "phone",
    "list",
    "manual",
    "import",
)


class SampleForm(forms.Form):
    """Each kind of field once; sent empty it shows their errors."""

    mark_optional = True
    name = forms.CharField(help_text="As the person writes it.")
    email = forms.EmailField()
    team = forms.ChoiceField(choices=[("1", "EMEA North"), ("2", "DACH Direct")], required=False)
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3, "data-draft": "gallery"}), required=False)
    close_date = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    consent = forms.BooleanField(help_text="Can be taken back at any time.")
    reason = forms.ChoiceField(choices=[("price", "Price"), ("timing", "Timing")], widget=forms.RadioSelect)
    file = forms.FileField(required=False)


def gallery(request: HttpRequest) -> HttpResponse:
    if not request.user.is_staff:
        raise Http404
    if request.method == "POST":
        return done(request, "core:gallery", event="sample:moved", toast=_("Moved"), undo=request.path)
    return render(request, "ui/gallery.html", _samples(request))


def _samples(request: HttpRequest) -> dict:
    now = clock.now()
    return {
        "swatches": SWATCHES,
        "sources": SOURCES,
        "people": ["Nora Bakke", "Priya Raman", "Liam O’Connor", "Jonas Weber", "Inês Duarte"],
        "moments": [now, now - timedelta(minutes=12), now - timedelta(days=1), now - timedelta(days=40)],
        "dues": [
            None,
            now - timedelta(days=2),
            now - timedelta(minutes=30),
            now + timedelta(minutes=5),
            now + timedelta(days=1),
            now + timedelta(days=5),
        ],
        "durations": [timedelta(seconds=39), timedelta(minutes=18), timedelta(minutes=82), timedelta(hours=53)],
        "replies": [timedelta(minutes=3), timedelta(minutes=41), timedelta(hours=5)],
        "waits": [100, 200, 261, 1140, 4920],
        "amounts": [Decimal("96000"), Decimal("14.5"), Decimal("1240000")],
        "reasons": [
            {"fact": "Asked for a quote", "points": 22, "note": "today"},
            {"fact": "Interior design, 120 staff", "points": 14},
            {"fact": "New region for us", "points": -4},
            {"fact": "No decision maker named", "points": -6},
        ],
        "curve": [48, 50, 50, 55, 58, 62, 71, 71, 92],
        "form": SampleForm(),
        "refused": SampleForm({}, prefix="refused"),
        "page": Paginator(range(95), 20).get_page(2),
        "views": [
            {"label": "Board", "url": "#", "icon": "square-kanban", "current": True},
            {"label": "List", "url": "#", "icon": "list", "current": False},
        ],
        "modes": [("board", "Board"), ("list", "List")],
        "steps_of_import": ["Upload", "Match columns", "Check", "Import"],
        "stages": [("Qualified", ["Phone booths", "Meeting pods"]), ("Quote sent", ["Lab desks"]), ("Negotiation", [])],
        "person_choices": [request.user],
        "undo_url": request.path,
    }
