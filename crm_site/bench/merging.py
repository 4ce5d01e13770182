"""How long merging takes: fifty leads through the merge page's own form, chosen and undone again."""

import re
import secrets
import time
from typing import Any

from core import clock, undo
from core.merging import KINDS
from core.models import Change
from crm_site.bench import filling
from crm_site.bench.asking import Bench, figures, form_of
from crm_site.bench.measures import times
from leads import cleaning
from leads.models import Lead, LeadActivity, LeadEmail, LeadEvent, LeadPhone

RECORDS, ROUNDS = 50, 12
GOAL_MS = 1000
QUIET = {"qualify_due_at": None, "qualify_lease_until": None, "qualify_token": None, "qualify_attempts": 0, "come_back_at": None}


def merge(bench: Bench) -> dict:
    """Open the merge page with fifty leads, send its form, and time both; the undo afterwards must bring all back."""
    person = bench.person(filling.ADMINISTRATOR)
    pages, posts, undone = [], [], []
    for _ in range(ROUNDS):
        pks = _leads()
        path = f"/leads/merge/?{'&'.join(f'record={pk}' for pk in pks)}"
        pages.append(person.get(path))
        if not _has_form(pages[-1]):
            return {"n": bench.leads, "ok": 0, "error": _why_not(pages[-1])}
        form = form_of(pages[-1].text, "/leads/merge/") | {"record": [str(pk) for pk in pks]}
        posts.append(person.post("/leads/merge/", form))
        if posts[-1].status != 302:
            return {"n": bench.leads, "ok": 0, "error": f"the merge was refused: {_why_not(posts[-1])}"}
        change = Change.objects.filter(verb=KINDS["lead"].verb).latest("pk")
        start = time.perf_counter()
        undo.take_back(change, by=change.by, at=clock.now())
        undone.append((time.perf_counter() - start) * 1000)
        if Lead.objects.filter(pk__in=pks, merged_into__isnull=True).count() != RECORDS or len(change.details["others"]) != RECORDS - 1:
            return {"n": bench.leads, "ok": 0, "error": "not all came back"}
    found = times([answer.ms for answer in posts[2:]])
    page = figures(pages[2:], n=bench.leads)
    fine = all(answer.status in {200, 302} for answer in (*pages, *posts)) and found["p95_ms"] <= GOAL_MS
    return {
        "n": bench.leads, "records": RECORDS, **found, "page_p95_ms": page["server_p95_ms"], "page_queries": page["queries"],
        "undo_p95_ms": times(undone[2:])["p95_ms"], "ok": int(fine),
    }  # fmt: skip


def _has_form(page: Any) -> bool:
    return page.status == 200 and 'name="survivor"' in page.text


def _why_not(page: Any) -> str:
    """Say what stood where the form should have been: the page's own words, or an answer of another kind."""
    if said := re.search(r'<div class="notice.*?</div>', page.text, re.S):
        return re.sub(r"(<[^>]+>|\s)+", " ", said[0]).strip()
    if page.status != 200:
        return f"the merge page answered {page.status} {page.headers.get('location', '')}".strip()
    return "the merge page showed no form"


def _leads() -> list[int]:
    """Add fifty leads like one that is there, with addresses, a story and a planned call of their own.

    They wait for nothing and somebody has them: a worker that assigned one between the page and its form would have it refused,
    as it should. The newest lead is one of the last round, which its undo left to be qualified again.
    """
    mark, digits, at = secrets.token_hex(5), secrets.randbelow(9000) + 1000, clock.now()
    like = filling.made_up().open().filter(owner__isnull=False).order_by("-pk").first()
    same = {
        field.attname: getattr(like, field.attname) for field in Lead._meta.concrete_fields
        if not field.generated and not field.primary_key
    }  # fmt: skip
    rows = []
    for n in range(RECORDS):
        facts = QUIET | {"name": f"Merge {n} {mark}", "email": f"{n}@{mark}.example", "phone": f"+4989{digits}{n:02}", "city": f"City {n % 7}"}
        rows.append(Lead(**{**same, **facts}))
        cleaning.derive(rows[-1])
    Lead.objects.bulk_create(rows)
    LeadEmail.objects.bulk_create(LeadEmail(lead=lead, email=lead.email, key=lead.email_key) for lead in rows)
    LeadPhone.objects.bulk_create(LeadPhone(lead=lead, number=lead.phone, e164=lead.phone_e164) for lead in rows)
    LeadEvent.objects.bulk_create(LeadEvent(lead=lead, kind="created", occurred_at=at, details={}) for lead in rows)
    LeadActivity.objects.bulk_create(LeadActivity(lead=lead, kind="call", due_at=at) for lead in rows)
    return [lead.pk for lead in rows]
