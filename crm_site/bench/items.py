"""What is measured: one function per item, each returns the figures of its JSON line."""

import csv
import io
import json
import secrets
import time
from collections.abc import Callable

from django.urls import reverse

from crm_site.bench import assigning, bulk, crowd, filling, grading, merging, product, searching
from crm_site.bench import rules as dry_runs
from crm_site.bench.asking import Bench, form_of, in_batches, pages, wait_for, worse
from crm_site.bench.client import Answer, Person
from crm_site.bench.measures import percentile, times
from crm_site.bench.scoring import scoring
from leads.models import Lead
from opportunities.models import Opportunity, Stage


def board(bench: Bench) -> dict:
    return pages(bench, "/opportunities/", goal_ms=40, most_queries=15)


def leads(bench: Bench) -> dict:
    return pages(bench, "/leads/?sort=-score", goal_ms=60)


def move(bench: Bench, rounds: int = 185) -> dict:
    """Move cards of one person to the next stage, as the board does it: the answer brings both heads and the card."""
    found, on_board = [], {"HX-Request": "true", "HX-Current-URL": f"{bench.base}/opportunities/"}
    for email in (filling.REP, filling.ADMINISTRATOR):
        person = bench.person(email)
        mine = Opportunity.objects.open().filter(pipeline__name="Bench").order_by("pk")
        if email == filling.REP:
            mine = mine.filter(owner__email=email)
        cards = list(mine.values_list("pk", "stage_id")[:rounds])
        stages = list(Stage.objects.filter(pipeline__name="Bench").in_order().values_list("pk", flat=True))
        answers = []
        for pk, stage in cards:
            target = stages[(stages.index(stage) + 1) % len(stages)]
            answers.append(person.post(f"/opportunities/{pk}/stage/", {"stage": target, "seen": stage}, headers=on_board))
        found.append(in_batches(answers[5:], n=bench.leads, goal_ms=25))
    return worse(*found)


def convert(bench: Bench, rounds: int = 123) -> dict:
    """Convert leads with a new company and contact through the dialog's form."""
    person = bench.person(filling.ADMINISTRATOR)
    rows = (
        filling.made_up().open().filter(conversions__isnull=True).order_by("-pk").values_list("pk", flat=True)[:rounds]
    )
    answers = []
    for pk in list(rows):
        path = f"/opportunities/conversion/{pk}/"
        form = form_of(person.get(path).text, path)
        answers.append(person.post(path, form, htmx=True))
    converted = Lead.objects.filter(pk__in=list(rows), converted_at__isnull=False).count()
    found = in_batches(answers[3:], n=bench.leads, goal_ms=60)
    return {**found, "ok": int(found["ok"] and converted == len(answers))}


def capture(bench: Bench, rounds: int = 15) -> dict:
    """Post the public form every few seconds and time until the lead has an owner (ms, from the post's answer)."""
    import httpx

    from capture.models import WebForm

    path = WebForm.objects.filter(is_active=True).order_by("pk").first().get_absolute_url()
    waits, posts = [], []
    with httpx.Client(base_url=bench.base, timeout=30) as http:
        http.get(path)
        for _ in range(rounds):
            email = f"bench-{secrets.token_hex(6)}@capture.example"
            form = form_of(http.get(path).text, path) | {"name": "Bench Person", "email": email, "message": "Hello"}
            time.sleep(3)  # the form sets aside what is sent faster than a person types
            start = time.perf_counter()
            answer = http.post(path, data=form)
            posts.append((time.perf_counter() - start) * 1000)
            if answer.status_code >= 400:
                return {"n": rounds, "ok": 0}
            while not Lead.objects.filter(email_key=email, owner__isnull=False).exists():
                if time.perf_counter() - start > 60:
                    return {"n": rounds, "ok": 0}
                time.sleep(0.02)
            waits.append((time.perf_counter() - start) * 1000)
    found = times(waits)
    return {"n": rounds, **found, "post_p95_ms": round(percentile(posts, 0.95), 1), "ok": int(found["p95_ms"] < 2000)}


def import_(bench: Bench, rows: int = 50_000) -> dict:
    """Upload a file on the import page, confirm its columns and the preview, and time the run until all rows are stored.

    `cpu_s` is what the whole product used meanwhile, its database included.
    """
    from capture.models import ImportRun

    person = bench.person(filling.ADMINISTRATOR)
    mark = secrets.token_hex(4)
    page = person.get("/import/")
    run = walk_to_preview(person, page, f"bench-{mark}.csv", rows_of_a_fair(rows, mark))
    cpu = product.cpu()
    press(person, reverse("imports:check", args=[run]), reverse("imports:run", args=[run]))
    wait_for(lambda: ImportRun.objects.filter(pk=run, step__in=["finished", "failed"]).exists(), seconds=600)
    cpu = product.cpu() - cpu
    done = ImportRun.objects.get(pk=run)
    seconds = (done.finished_at - done.started_at).total_seconds()
    stored = Lead.objects.filter(email_domain=f"{mark}.example").count()
    per_s = done.rows / seconds
    return {
        "n": rows,
        "per_s": round(per_s),
        "seconds": round(seconds, 1),
        "cpu_s": round(cpu, 1),
        "created": done.created_count,
        "ok": int(per_s >= 5000 and stored == rows and done.created_count == rows),
    }


def walk_to_preview(person: Person, page: Answer, name: str, content: bytes) -> int:
    """Walk the import's pages as a person does, up to the last question; returns the import's number."""
    from capture.models import ImportRun

    before = set(ImportRun.objects.values_list("pk", flat=True))
    answer = person.post("/import/", {}, files={"file": (name, io.BytesIO(content), "text/csv")})
    if answer.status >= 400:
        raise RuntimeError(f"The upload was refused: {answer.status} {answer.text[:300]}")
    run = (set(ImportRun.objects.values_list("pk", flat=True)) - before).pop()
    for step in ("mapping", "preview"):
        wait_for(lambda step=step: ImportRun.objects.filter(pk=run, step__in=[step, "failed"]).exists(), seconds=300)
        state = ImportRun.objects.get(pk=run)
        if state.step == "failed":
            raise RuntimeError(state.problem)
        if step == "mapping":
            columns = reverse("imports:columns", args=[run])
            press(person, columns, columns, act="check")
    return run


def press(person: Person, shown: str, target: str, **button: str) -> None:
    """Send the form of a page as it stands. Raises RuntimeError when the page comes again: it says what is missing."""
    answer = person.post(target, form_of(person.get(shown).text, target) | button)
    if answer.status != 302:
        raise RuntimeError(f"{target} was refused: {answer.status}")


def rows_of_a_fair(count: int, mark: str) -> bytes:
    """Return a file of visitors who are new: neither their addresses nor their numbers came in with an earlier file."""
    out, first = io.StringIO(), secrets.randbelow(10**8 - count)
    rows = csv.writer(out, delimiter=";")
    rows.writerow(["Name", "Company", "E-Mail", "Phone", "Country", "Industry", "Employees", "Note"])
    for n in range(count):
        rows.writerow(
            [
                f"Visitor {n} {mark}",
                f"Exhibitor {n % 3000}",
                f"visitor{n}@{mark}.example",
                f"+4989{first + n:08d}",
                "DE",
                "Energy",
                n % 900,
                "Met at the stand, wants a call",
            ]
        )
    return out.getvalue().encode()


ITEMS: dict[str, Callable[[Bench], dict]] = {
    "board": board,
    "move": move,
    "crowd": crowd.crowd,
    "board_rate": crowd.board_rate,
    "leads": leads,
    "import": import_,
    "assign": assigning.assign,
    "flow": assigning.flow,
    "search": searching.search,
    "lead": searching.lead,
    "convert": convert,
    "capture": capture,
    "scoring": scoring,
    "rescore": grading.rescore,
    "score": grading.score,
    "merge": merging.merge,
    "bulk": bulk.bulk,
    "rules": dry_runs.rules,
}


def line(item: str, found: dict, unit_ms: float) -> str:
    told = {key: value for key, value in found.items() if key != "sound"}
    return json.dumps({"item": item, **told, "unit_ms": unit_ms})
