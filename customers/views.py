"""Companies and contacts: lists, pages, and the forms that add and change them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock, custom_fields, panels, story
from core.htmx import done, page_or_fragment, wants_fragment
from core.listing import Listing
from core.merging import KINDS as MERGES
from core.merging import family
from core.merging.pages import count_waiting
from customers import figures, keys, lists
from customers.forms import CompanyForm, ContactForm, NoteForm
from customers.models import Company, Contact, ContactEvent
from customers.searching import look_again
from customers.verbs import CustomerTaken

EVENTS = 100
KINDS: dict[str, tuple[Any, Any]] = {"company": (Company, CompanyForm), "contact": (Contact, ContactForm)}


@require_safe
def companies(request: HttpRequest) -> HttpResponse:
    """List the companies somebody may see, as the address describes them."""
    return _list(request, "companies", lists.COMPANIES, Company)


@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    """List the people somebody may see, as the address describes them."""
    return _list(request, "contacts", lists.CONTACTS, Contact)


def _list(request: HttpRequest, tab: str, listing: Listing, model) -> HttpResponse:
    rows = model.objects.visible_to(request.user).standing().select_related("owner")
    shown = listing.read(request, rows if tab == "companies" else rows.select_related("company"))
    if shown.redirect:
        return redirect(shown.redirect)
    other = (Contact if model is Company else Company).objects.visible_to(request.user).standing()
    counts = shown.count(other=other)
    if tab == "companies":
        figures.of(request.user, shown.page.rows)
    waiting = count_waiting(request.user, model._meta.model_name)
    here, there = shown.total, counts["other"]
    context = {
        "shown": shown, "tab": tab, "companies_count": here if tab == "companies" else there, "name_word": _("Name"),
        "contacts_count": there if tab == "companies" else here, "new_url": reverse(f"customers:new_{model._meta.model_name}"),
        "waiting": waiting, "pairs_url": reverse(f"customers:{model._meta.model_name}_pairs"),
    }  # fmt: skip
    return page_or_fragment(request, "customers/list.html", context, fragment="fragment")


# ----------------------------------------------------------------------- pages


@require_safe
def company(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, "company", pk)
    if found.pk != pk:
        return _moved(request, found)
    return _page(request, found)


@require_safe
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, "contact", pk)
    if found.pk != pk:
        return _moved(request, found)
    return _page(request, found)


def _page(request: HttpRequest, record: Company | Contact, *, status: int = 200, form=None) -> HttpResponse:
    kind = record._meta.model_name
    more = _of_company(request, record) if isinstance(record, Company) else _of_contact(request, record)
    events = [*_own_events(record), *more.pop("events", ()), *story.added(kind, request, record, EVENTS)]
    context = {
        "record": record, "kind": kind, "events": _in_order(events),
        "panels": panels.of(kind, request, record), "custom": custom_fields.shown(kind, record.custom), "form": form or NoteForm(),
        "is_fragment": wants_fragment(request), "merge_url": MERGES[kind].url_of([record]), **more,
    }  # fmt: skip
    return page_or_fragment(request, "customers/customer.html", context, fragment="record", status=status)


def _of_company(request: HttpRequest, company: Company) -> dict[str, Any]:
    people = list(Contact.objects.visible_to(request.user).standing().filter(company=company).by_name()[:50])
    theirs = ContactEvent.objects.filter(contact__in=people).select_related("actor", "contact").order_by("-occurred_at", "-pk")
    formerly = list(Company.objects.filter(merged_into=company).order_by("pk")[:20])
    return {"events": theirs[:EVENTS], "people": people, "formerly": formerly}


def _of_contact(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    firm = contact.company
    may_see = firm is not None and Company.objects.visible_to(request.user).filter(pk=firm.pk).exists()
    return {
        "firm": firm if may_see else None,
        "emails": [row.email for row in contact.emails.all() if row.key != contact.email_key],
        "phones": [row.number for row in contact.phones.all() if row.number != contact.phone],
    }


def _in_order(events: list) -> list:
    """Return the newest first; what a conversion made follows it, to be folded behind it."""
    for event in events:
        if event.kind == "created" and event.details.get("lead"):
            event.part_of = ("lead", event.details["lead"], event.occurred_at)
    return sorted(events, key=lambda event: (event.occurred_at, _rank(event), event.pk), reverse=True)[:EVENTS]


def _rank(event) -> int:
    """Return which of several events of a moment comes later: what was made, the act that made it, what became of it at once."""
    return 0 if event.kind == "created" else 1 if getattr(event, "part_of", None) else 2


def _own_events(record: Company | Contact) -> list:
    """Return the story of a record and of all that were merged into it."""
    model, kind = record.events.model, record._meta.model_name
    events = model.objects.filter(**{f"{kind}__in": family(type(record), [record.pk])})
    return list(events.select_related("actor", kind).order_by("-occurred_at", "-pk")[:EVENTS])


def _find(request: HttpRequest, kind: str, pk: int):
    """Return the record if the person may see it; else it does not exist (404). A merged one leads to its survivor."""
    seen = KINDS[kind][0].objects.visible_to(request.user).select_related("owner", "team", "merged_into")
    found = get_object_or_404(seen.select_related("company") if kind == "contact" else seen, pk=pk)
    if not found.merged_into_id:
        return found
    return get_object_or_404(seen.standing(), pk=found.merged_into_id)


def _moved(request: HttpRequest, record: Company | Contact) -> HttpResponse:
    """Lead the address of a merged record to its survivor."""
    messages.info(request, _("The record you asked for was merged into this one."))
    return redirect(record)


# ----------------------------------------------------------------------- forms


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Add a company or contact; ?company fills in where a contact works."""
    form_class = KINDS[kind][1]
    data = request.POST if request.method == "POST" else None
    form = form_class(data, user=request.user, initial=_known(request) if data is None else None)
    if data is None or not form.is_valid():
        return _form(request, form, kind, None, 422 if data is not None else 200)
    return _store(request, form, kind, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Change a company's or contact's facts."""
    record = _find(request, kind, pk)
    data = request.POST if request.method == "POST" else None
    form = KINDS[kind][1](data, user=request.user, instance=record)
    if data is None or not form.is_valid():
        return _form(request, form, kind, record, 422 if data is not None else 200)
    return _store(request, form, kind, KINDS[kind][0].objects.get(pk=record.pk))


def _store(request: HttpRequest, form, kind: str, record) -> HttpResponse:
    at, by, model = clock.now(), request.user, KINDS[kind][0]
    owner = {"owner": form.cleaned_data["owner"]} if "owner" in form.cleaned_data else {}
    try:
        if record is None:
            record = model.objects.add(at=at, by=by, team=form.cleaned_data["team"], **owner, **form.facts)
        else:
            record.edit(form.facts, at=at, by=by)
            if owner:
                record.assign_to(owner["owner"], at=at, by=by)
    except CustomerTaken as taken:
        return _taken(request, form, kind, record, taken)
    look_again(record)
    still = model.objects.visible_to(by).filter(pk=record.pk).exists()
    return done(
        request,
        record if still else reverse("customers:companies"),
        event="customer:changed",
        toast=_("Saved."),
        id=record.pk,
    )


def _taken(request: HttpRequest, form, kind: str, record, taken: CustomerTaken) -> HttpResponse:
    """Say who has the domain or e-mail already, or make a record of its own beside one that can't be seen."""
    model, at = KINDS[kind][0], clock.now()
    same = _same(request, form, kind, taken)
    if same is not None:
        field = taken.field if taken.field in form.fields else None
        form.add_error(field, _("%(name)s has it already.") % {"name": same})
        return _form(request, form, kind, record, 422)
    owner = {"owner": form.cleaned_data.get("owner")}
    if record is None:
        record = model.objects.add(
            at=at, by=request.user, team=form.cleaned_data["team"], apart=True, **owner, **form.facts
        )
    else:
        record.edit(form.facts, at=at, by=request.user, apart=True)
    return done(request, record, event="customer:changed", toast=_("Saved."), id=record.pk)


def _same(request: HttpRequest, form, kind: str, taken: CustomerTaken):
    seen = KINDS[kind][0].objects.visible_to(request.user).standing()
    if taken.field == "email":
        return seen.filter(email_key=keys.rules.email_key(form.cleaned_data["email"])).first()
    domain = form.cleaned_data["domain"] or keys.domain_of_site(form.cleaned_data["website"])
    return seen.filter(domain=domain).first()


def _form(request: HttpRequest, form, kind: str, record, status: int) -> HttpResponse:
    titles = {"company": (_("New company"), _("Edit company")), "contact": (_("New contact"), _("Edit contact"))}
    action = reverse(f"customers:edit_{kind}", args=[record.pk]) if record else reverse(f"customers:new_{kind}")
    back = record.get_absolute_url() if record else reverse("customers:companies")
    context = {"form": form, "kind": kind, "action": action, "back": back, "title": titles[kind][bool(record)]}
    return page_or_fragment(request, "customers/form.html", context, fragment="form", status=status)


def _known(request: HttpRequest) -> dict[str, Any]:
    key = request.GET.get("company", "")
    if key.isascii() and key.isdigit() and len(key) < 16:
        firm = Company.objects.visible_to(request.user).filter(pk=int(key)).first()
        if firm:
            return {"company": firm, "team": firm.team_id, "owner": firm.owner_id, "country": firm.country}
    return {}


@require_POST
def note(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    record = _find(request, kind, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, record, form=form, status=422)
    record.note(form.cleaned_data["text"], at=clock.now(), by=request.user)
    return done(request, record, event="customer:changed", toast=_("Noted."), id=record.pk)
