"""How long looking for a lead takes: by its words, a part of its e-mail or number, and with a slip of the pen."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from core import clock
from crm_site.bench import filling
from crm_site.bench.asking import Bench, in_batches, pages
from leads.models import Lead, LeadEvent
from teams.models import User

ROUNDS, WARM_UP = 120, 4
GOAL_MS, SLIP_GOAL_MS = 80, 250
ENTRIES, MOST_QUERIES = 5_000, 12


def search(bench: Bench) -> dict:
    """Search the list as the rep and as the administrator, each time for another lead they see; the slower one counts."""
    found: dict[str, Any] = {"n": bench.leads}
    fine = True
    for email in (filling.REP, filling.ADMINISTRATOR):
        person, leads = bench.person(email), _sought(User.objects.get(email=email))
        for kind, typed in KINDS.items():
            answers = [person.get(f"/leads/?{urlencode({'q': text})}") for text in _typed(leads, typed)]
            p95 = in_batches(answers[WARM_UP:], n=bench.leads)["server_p95_ms"]
            found[f"{kind}_p95_ms"] = max(p95, found.get(f"{kind}_p95_ms", 0))
            found["queries"] = max(found.get("queries", 0), *(answer.queries for answer in answers))
            fine &= all(answer.status == 200 for answer in answers) and p95 <= (SLIP_GOAL_MS if kind == "slip" else GOAL_MS)
    return {**found, "ok": int(fine)}


def lead(bench: Bench) -> dict:
    """Open the page of a lead with five thousand entries in its story."""
    chosen = Lead.objects.open().filter(owner__email=filling.REP).order_by("pk").first()
    missing = ENTRIES - LeadEvent.objects.filter(lead=chosen).count()
    at, actor = clock.now(), chosen.owner
    LeadEvent.objects.bulk_create(
        (LeadEvent(lead=chosen, kind=("noted", "called", "scored")[n % 3], actor=actor, occurred_at=at, details=DETAILS[n % 3])
         for n in range(missing)), batch_size=1000,
    )  # fmt: skip
    return pages(bench, chosen.get_absolute_url(), most_queries=MOST_QUERIES) | {"entries": ENTRIES}


DETAILS = ({"text": "Wants the larger one."}, {"outcome": "no_answer", "note": ""}, {"before": 40, "after": 41})


def _sought(user: User) -> list[Lead]:
    """Return leads from all over those the person sees, in no order anybody keeps them in."""
    rows = filling.made_up().visible_to(user).open()
    last, step = rows.order_by("-pk").values_list("pk", flat=True).first(), 7_919
    found: dict[int, Lead] = {}
    for n in range(ROUNDS * 4):
        lead = rows.filter(pk__gte=n * step % last).order_by("pk").first()
        found.setdefault(lead.pk, lead)
    return list(found.values())


def _typed(leads: list[Lead], typed: Callable[[Lead], str]) -> list[str]:
    texts = [text for text in map(typed, leads) if text]
    return [texts[n % len(texts)] for n in range(ROUNDS + WARM_UP)]


def _words(lead: Lead) -> str:
    """The name, the last name with a word of the company, or a word alone."""
    company = lead.company_name.split()
    return (lead.name, f"{lead.last_name} {company[1]}", company[0], lead.last_name)[lead.pk % 4]


def _email_part(lead: Lead) -> str:
    mailbox, _at, domain = lead.email.partition("@")
    return (mailbox.rpartition(".")[2], f"{mailbox[-5:]}@{domain[:6]}", domain)[lead.pk % 3] if mailbox else ""


def _phone_part(lead: Lead) -> str:
    digits = lead.phone_e164.lstrip("+")
    return (digits[-6:], f"+{digits[:4]} {digits[4:9]}", digits[3:])[lead.pk % 3] if digits else ""


def _slip(lead: Lead) -> str:
    """The last name with two letters swapped."""
    name = lead.last_name
    return f"{name[:2]}{name[3]}{name[2]}{name[4:]}" if len(name) > 5 and name[2] != name[3] else ""


KINDS = {"words": _words, "email": _email_part, "phone": _phone_part, "slip": _slip}
