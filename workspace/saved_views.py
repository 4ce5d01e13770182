"""Keeping a list's filters under a name, changing and deleting what is kept, and choosing a list's columns."""

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from core.htmx import page_or_fragment, wants_fragment
from core.listing import MAX_QUERY, PASSING
from teams.models import User
from workspace import keeping
from workspace.forms import ViewForm
from workspace.models import SavedView

LISTS = {"lead": "leads:leads"}  # the lists that can be kept, and their addresses


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, record: str) -> HttpResponse:
    """Ask for a name and keep the list's filters (?query) under it."""
    path = _path(record)
    query = _filters(request.POST.get("query", request.GET.get("query", "")))
    form = ViewForm(request.POST or None, user=request.user, record=record)
    if request.method != "POST" or not form.is_valid():
        return _ask(request, form, record, query, _address(path, query))
    keeping.keep_view(request.user, record, form.cleaned_data["name"], query, team=form.cleaned_data.get("team"))
    return _go(request, _address(path, query))


@require_http_methods(["GET", "HEAD", "POST"])
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a kept view, give it the filters shown now (?query), or delete it."""
    kept = _find(request.user, pk)
    path = _path(kept.record)
    form = ViewForm(
        request.POST or None, user=request.user, record=kept.record, view=kept, initial={"name": kept.name, "team": kept.team}
    )
    if request.method == "POST" and "delete" in request.POST:
        kept.delete()
        keeping.forget(request.user, kept.record)
        return _go(request, path)
    query = _filters(request.POST.get("query", request.GET.get("query", kept.query)))
    if request.method != "POST" or not form.is_valid():
        return _ask(request, form, kept.record, query, _address(path, kept.query), view=kept)
    kept.name, kept.query = form.cleaned_data["name"], query
    if "team" in form.cleaned_data:
        kept.team = form.cleaned_data["team"]
    kept.save(update_fields=["name", "query", "team"])
    keeping.forget(request.user, kept.record)
    return _go(request, _address(path, query))


@require_POST
def columns(request: HttpRequest, record: str) -> HttpResponse:
    """Keep the columns somebody ticked; the list knows which of the names it has."""
    path = _path(record)
    names = [name for name in request.POST.getlist("column") if name.isidentifier() and len(name) < 40][:40]
    keeping.choose_columns(request.user, record, names)
    return redirect(_address(path, _filters(request.POST.get("query", ""), page=True)))


def _find(user: User, pk: int) -> SavedView:
    found = get_object_or_404(SavedView.objects.seen_by(user), pk=pk)
    if not found.may_change(user):
        raise Http404
    return found


def _path(record: str) -> str:
    if record not in LISTS:
        raise Http404
    return reverse(LISTS[record])


def _filters(query: str, *, page: bool = False) -> str:
    """Return what of an address describes the list, without the page one happened to be on."""
    pairs = QueryDict(query[:MAX_QUERY], mutable=True)
    for key in PASSING - ({"page"} if page else set()):
        pairs.pop(key, None)
    return pairs.urlencode()


def _address(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def _ask(request: HttpRequest, form: ViewForm, record: str, query: str, back: str, *, view: SavedView | None = None) -> HttpResponse:
    context = {
        "form": form, "record": record, "query": query, "back": back, "view": view,
        "is_changed": view is not None and query != view.query,
        "title": _("Change view") if view else _("Save view"),
        "action": reverse("workspace:view", args=[view.pk]) if view else reverse("workspace:new_view", args=[record]),
    }  # fmt: skip
    status = 422 if form.is_bound else 200
    return page_or_fragment(request, "workspace/view.html", context, fragment="form", status=status)


def _go(request: HttpRequest, to: str) -> HttpResponse:
    return HttpResponseClientRedirect(to) if wants_fragment(request) else redirect(to)
