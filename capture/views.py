"""The capture log: everything that came in, what became of it and why; and the forms with their addresses."""

import json
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from capture import quarantine
from capture.models import Submission, WebForm
from core import clock, limits
from core.htmx import done, page_or_fragment
from leads.models import Channel, Lead
from teams import rights

TABS = {
    "all": (_("All"), Q()),
    "aside": (_("Set aside"), Q(result="quarantined")),
    "waiting": (_("Waiting"), Q(state__in=["waiting", "claimed"])),
    "stuck": (_("Stuck"), Q(state="stuck")),
    "rejected": (_("Rejected"), Q(result="rejected")),
}
TONES = {"created": "ok", "joined": "info", "apart": "warm", "quarantined": "warm", "rejected": "bad"}


class Newest(Paginator):
    """Pages that count only as far as anybody turns them."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[: limits.EXACT_COUNT].count()


@rights.requires("see capture")
@require_safe
def submissions(request: HttpRequest) -> HttpResponse:
    tab = request.GET.get("tab") if request.GET.get("tab") in TABS else "all"
    channel = request.GET.get("channel") if request.GET.get("channel") in Channel.values else ""
    rows = Submission.objects.visible_to(request.user).filter(TABS[tab][1]).order_by("-received_at", "-pk")
    if channel:
        rows = rows.filter(channel=channel)
    page = Newest(rows.select_related("lead", "web_form", "by"), limits.PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "entries": entries(page.object_list, request.user), "page": page, "tab": tab, "channel": channel, "channels": Channel.choices,
        "tabs": tabs(tab, channel), "answers": request.get_full_path(),
    }  # fmt: skip
    return page_or_fragment(request, "capture/submissions.html", context, fragment="list")


def entries(rows: QuerySet, user) -> list[dict[str, Any]]:
    """Lay out submissions for the log; a lead is linked only where its page may be seen."""
    rows = list(rows)
    seen = set(Lead.objects.visible_to(user).filter(pk__in={row.lead_id for row in rows if row.lead_id}).values_list("pk", flat=True))
    return [
        {"row": row, "who": who(row.raw), "tone": TONES.get(row.result, "bad" if row.state == "stuck" else "none"),
         "word": row.get_result_display() if row.state == "done" else row.get_state_display(), "lead": row.lead if row.lead_id in seen else None,
         "raw": json.dumps(row.raw, ensure_ascii=False, indent=1), "code": row.why.get("code"), "values": row.why.get("values") or {},
         "problems": row.why.get("problems") or []}
        for row in rows
    ]  # fmt: skip


def who(raw: dict) -> str:
    """Return what an entry calls its sender, for the row's first words."""
    said = (raw.get("name"), " ".join(filter(None, (raw.get("first_name"), raw.get("last_name")))), raw.get("email"), raw.get("phone"),
            raw.get("company_name"))  # fmt: skip
    return next((str(text)[:120] for text in said if text), gettext("Nobody named"))


def tabs(current: str, channel: str) -> list[dict[str, Any]]:
    also = f"&channel={channel}" if channel else ""
    return [{"label": label, "url": f"?tab={key}{also}", "current": key == current} for key, (label, _where) in TABS.items()]


@rights.requires("see capture")
@require_POST
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide on an entry that was set aside or is stuck: let in, drop, try again."""
    entry = get_object_or_404(Submission.objects.visible_to(request.user), pk=pk)
    verbs = {
        "let_in": (lambda: quarantine.let_in(entry, by=request.user, at=clock.now()), gettext("Let in.")),
        "drop": (lambda: quarantine.drop(entry, by=request.user), gettext("Dropped.")),
        "try_again": (lambda: quarantine.try_again(entry, by=request.user), gettext("Trying again.")),
    }
    verb, words = verbs.get(request.POST.get("do", ""), (lambda: False, ""))
    moved = verb()
    back = reverse("capture:submissions") + ("?tab=stuck" if request.POST.get("do") == "try_again" else "?tab=aside")
    return done(request, back, event="submission:decided", toast=words if moved else gettext("Somebody has decided on it already."))


@rights.requires("set up forms")
@require_safe
def forms(request: HttpRequest) -> HttpResponse:
    """List the public forms with the address of each."""
    mine = WebForm.objects.select_related("team", "source").annotate(
        entries=Count("submissions"), aside=Count("submissions", filter=Q(submissions__result="quarantined"))
    )
    if request.user.is_manager:
        mine = mine.filter(Q(team__isnull=True) | Q(team__in=request.user.team_ids))
    rows = [{"form": form, "address": f"{settings.PUBLIC_URL}{form.get_absolute_url()}"} for form in mine.order_by("name", "pk")]
    context = {"rows": rows, "may_edit": request.user.is_staff, "may_see_log": rights.may(request.user, "see capture")}
    return page_or_fragment(request, "capture/forms.html", context, fragment="list")
