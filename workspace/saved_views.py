"""Keeping a list's filters under a name, changing and deleting what is kept, and choosing a list's columns."""

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from core import conditions
from core.conditions.address import is_condition
from core.conditions.builder import Builder
from core.counting import count_all
from core.htmx import page_or_fragment, wants_fragment
from core.kept import KeptView
from core.listing import MAX_QUERY, MAX_SEARCH, PASSING
from leads import lists
from teams.models import User
from workspace import keeping
from workspace.forms import ViewForm
from workspace.models import SavedView

LISTS = {"lead": "leads:leads"}  # the lists that can be kept, and their addresses


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, record: str) -> HttpResponse:
    """Ask for a name and keep the list's filters (?query) under it."""
    path = _path(record)
    query = _asked(request, "")
    builder = _builder(request, record, query)
    sought = _sought(query)
    form = ViewForm(_sent(request), user=request.user, record=record, initial={"name": sought[:60], "q": sought})
    if not _is_said(request, form, builder):
        return _ask(request, form, builder, record, query, _address(path, query))
    query = _said(query, builder)
    keeping.keep_view(request.user, record, form.cleaned_data["name"], query, team=form.cleaned_data.get("team"))
    return _go(request, _address(path, query))


@require_http_methods(["GET", "HEAD", "POST"])
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a kept view, change its conditions, give it the filters shown now (?query), or delete it."""
    kept = _find(request.user, pk)
    path = _path(kept.record)
    if request.method == "POST" and "delete" in request.POST:
        kept.delete()
        keeping.forget(request.user, kept.record)
        return _go(request, path)
    query = _asked(request, kept.query)
    initial = {"name": kept.name, "team": kept.team, "q": _sought(query)}
    form = ViewForm(_sent(request), user=request.user, record=kept.record, view=kept, initial=initial)
    builder = _builder(request, kept.record, query)
    if not _is_said(request, form, builder):
        return _ask(request, form, builder, kept.record, query, _address(path, kept.query), view=kept)
    kept.name, kept.query = form.cleaned_data["name"], (query := _said(query, builder))
    if "team" in form.cleaned_data:
        kept.team = form.cleaned_data["team"]
    kept.save(update_fields=["name", "query", "team"])
    keeping.forget(request.user, kept.record)
    return _go(request, _address(path, query))


@require_POST
def pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Pin a kept view to one's own navigation (pinned=1), or take it down; a team's view each member for themselves."""
    kept = get_object_or_404(SavedView.objects.seen_by(request.user), pk=pk)
    keeping.pin(request.user, kept, is_pinned=request.POST.get("pinned") == "1")
    return redirect(_address(_path(kept.record), kept.query))


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


def _sent(request: HttpRequest) -> QueryDict | None:
    """Return what the form was sent with; nothing when a button of its conditions was pressed, which keeps nothing yet."""
    return None if "do" in request.POST else request.POST or None


def _asked(request: HttpRequest, otherwise: str) -> str:
    """Return what the view is to show: the address that was sent along, with the words to search for as the form says them."""
    query = _filters(request.POST.get("query", request.GET.get("query", otherwise)))
    words = request.POST.get("q")
    if words is None or words.strip() == _sought(query):
        return query
    pairs = QueryDict(query, mutable=True)
    pairs.pop("near", None)  # which words are similar was said of other ones
    pairs["q"] = words.strip()
    if not pairs["q"]:
        del pairs["q"]
    return pairs.urlencode()


def _sought(query: str) -> str:
    return QueryDict(query).get("q", "").strip()[:MAX_SEARCH]


def _address(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def _builder(request: HttpRequest, record: str, query: str) -> Builder:
    """Return the conditions of an address as a form; once it was posted, as they were said there."""
    book = conditions.book(record, user=request.user)
    if "joined" not in request.POST:
        pairs = ((key, value) for key, values in QueryDict(query).lists() for value in values)
        return Builder(book, conditions.from_address(pairs))
    builder = Builder.posted(book, request.POST)
    if "do" in request.POST:
        builder.act(request.POST["do"])
    return builder


def _is_said(request: HttpRequest, form: ViewForm, builder: Builder) -> bool:
    """Tell whether everything was said and can be kept. Buttons of the conditions post the whole form and keep nothing yet."""
    if request.method != "POST" or "do" in request.POST or not all([form.is_valid(), "joined" not in request.POST or builder.is_valid()]):
        return False
    if len(conditions_of(builder)) > MAX_QUERY:
        form.add_error(None, _("These are too many conditions for one view."))
    return not form.errors


def _said(query: str, builder: Builder) -> str:
    """Return an address with other conditions; search and order stay."""
    rest = QueryDict(query, mutable=True)
    for key in [key for key in rest if is_condition(key)]:
        del rest[key]
    return "&".join(part for part in (conditions_of(builder), rest.urlencode()) if part)


def _matches(request: HttpRequest, query: str, builder: Builder) -> str:
    """Say how many leads the view shows now, its search and its tab counted in; nothing while its conditions can't be read."""
    if builder.conditions.problems:
        return ""
    rows = lists.read_kept(KeptView(0, "", _said(query, builder), True), request.user).rows
    number = count_all({"": rows})[""]
    return ngettext("Shows %(n)s lead now.", "Shows %(n)s leads now.", number.number) % {"n": number}


def conditions_of(builder: Builder) -> str:
    """Return what is said as it stands in an address."""
    pairs = QueryDict(mutable=True)
    for key, value in conditions.to_address(builder.stored):
        pairs.appendlist(key, value)
    return pairs.urlencode()


def _ask(
    request: HttpRequest, form: ViewForm, builder: Builder, record: str, query: str, back: str, *, view: SavedView | None = None,
) -> HttpResponse:  # fmt: skip
    """Show the form; a button of the conditions gets them alone."""
    if "do" in request.POST:
        form.initial |= request.POST.dict()
    context = {
        "form": form, "builder": builder, "matches": _matches(request, query, builder), "record": record, "query": query, "back": back, "view": view,
        "is_changed": view is not None and query != view.query,
        "title": _("Change view") if view else _("Save view"),
        "action": reverse("workspace:view", args=[view.pk]) if view else reverse("workspace:new_view", args=[record]),
    }  # fmt: skip
    status, fragment = 422 if form.is_bound else 200, "builder" if "do" in request.POST else "form"
    return page_or_fragment(request, "workspace/view.html", context, fragment=fragment, status=status)


def _go(request: HttpRequest, to: str) -> HttpResponse:
    return HttpResponseClientRedirect(to) if wants_fragment(request) else redirect(to)
