"""What the pages of an import show."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count as Number
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from capture.fields import CAME_IN
from capture.imports import access, dialects, fields, judging, proposals, running
from capture.imports.forms import POLICY_WORDS, DialectForm, MappingForm
from capture.imports.leases import problem_of
from capture.imports.mapping import outcomes_by_words
from capture.imports.proposals import Column
from capture.models import ImportRow, ImportRun, Submission
from core import clock, limits, reasons
from core.counting import Count, count_all
from leads.models import Lead
from teams.models import User

Step = ImportRun.Step
STEPS = [gettext_lazy("Upload"), gettext_lazy("Match columns"), gettext_lazy("Check"), gettext_lazy("Import"), gettext_lazy("Result")]
AT = {Step.UPLOADED: 1, Step.READING: 1, Step.FAILED: 1, Step.MAPPING: 2, Step.CHECKING: 3, Step.PREVIEW: 3, Step.RUNNING: 4,
      Step.UNDOING: 4, Step.FINISHED: 6, Step.UNDONE: 6}  # fmt: skip
MOVING = {Step.READING, Step.CHECKING, Step.RUNNING, Step.UNDOING}
EARLIER = 20


def base(run: ImportRun, **context: Any) -> dict[str, Any]:
    return {"run": run, "steps": STEPS, "step": AT[run.step], "deals": run.kind == ImportRun.Kind.DEALS, **context}


# ------------------------------------------------------------------ page 1


def uploading(request: HttpRequest, form) -> dict[str, Any]:
    earlier = access.visible_to(request.user).select_related("by", "change").order_by("-uploaded_at", "-pk")
    page = Paginator(earlier, EARLIER).get_page(request.GET.get("page"))
    for run in page:
        run.can_be_undone = running.can_be_undone(run)
        run.result = result_words(run)
        run.leads_url = leads_url(run) if has_leads(run) else ""
    like = earlier.filter(pk=form["like"].value()).first() if str(form["like"].value() or "").isdecimal() else None
    return {"form": form, "steps": STEPS, "step": 1, "page": page, "like": like, "most": f"{limits.IMPORT_ROWS:,}",
            "most_mb": limits.IMPORT_FILE // 2**20, "part": limits.IMPORT_PART}  # fmt: skip


def has_leads(run: ImportRun) -> bool:
    return run.kind == ImportRun.Kind.LEADS and run.step in {Step.RUNNING, Step.FINISHED} and run.created_count + run.joined_count > 0


def result_words(run: ImportRun) -> str:
    """Say in a few words what became of an import."""
    if run.step != Step.FINISHED:
        return str(run.get_step_display()).capitalize()
    words = [ngettext("%(n)s created", "%(n)s created", run.created_count) % {"n": f"{run.created_count:,}"}]
    for count, word in ((run.joined_count, _("%(n)s joined")), (run.skipped_count, _("%(n)s skipped")), (run.rejected_count, _("%(n)s not imported"))):
        if count:
            words.append(word % {"n": f"{count:,}"})
    return ", ".join(words)


def stopped(run: ImportRun) -> dict[str, Any]:
    stuck = run.state == run.State.STUCK
    chosen = DialectForm(run) if run.step == Step.FAILED and run.dialect.get("header_line") is not None else None
    return base(run, problem=problem_of(run), is_stuck=stuck, dialect_form=chosen)


# ------------------------------------------------------------------ page 2


def outcome_words(run: ImportRun) -> list[tuple[str, int]]:
    """Return the words of the outcome column, if one is matched."""
    place = next((n for n, column in enumerate(run.columns) if column.get("target") == "outcome"), None)
    return [] if place is None else proposals.values_of(run, place, 50)


def outcomes(run: ImportRun) -> dict[str, str]:
    """Return what the words of the outcome column mean: as chosen, and for words not asked about as they say."""
    words = [word for word, _count in outcome_words(run)]
    chosen = run.options.get("outcomes") or {}
    return {word: chosen.get(word, meaning) for word, meaning in outcomes_by_words(words, run.kind).items()}


FOUND = {
    "saved": (gettext_lazy("As last time"), "ok"), "preset": (gettext_lazy("Recognised"), "ok"), "name": (gettext_lazy("Recognised"), "ok"),
    "outcome": (gettext_lazy("Recognised"), "ok"), "person": (gettext_lazy("Chosen"), "ok"), "content": (gettext_lazy("Please check"), "warm"),
    "custom": (gettext_lazy("New field"), "info"), "empty": (gettext_lazy("Empty"), "none"),
}  # fmt: skip


def columns(request: HttpRequest, run: ImportRun, form: MappingForm, problems=(), dialect: DialectForm | None = None) -> dict[str, Any]:
    trouble = {problem["column"]: reasons.word(problem["code"], problem["values"]) for problem in problems}
    rows = form.rows()
    for row in rows:
        row["badge"], row["tone"] = badge_of(row["column"], bool(trouble.get(row["place"])))
        row["error"] = trouble.get(row["place"], "")
    recognised = sum(1 for row in rows if row["column"].target not in {fields.IGNORE, fields.CUSTOM})
    return base(
        run, form=form, rows=rows, recognised=recognised, policies=POLICY_WORDS, kinds=[("leads", _("a lead")), ("deals", _("a won or lost deal"))],
        preset=fields.preset_of([column["header"] for column in run.columns]), dialect_form=dialect or DialectForm(run),
        dialect=dialect_words(run), problems=[trouble.get(None)] if trouble.get(None) else [], ask_day_order=run.options.get("ask_day_order"),
        has_dates=any(map(proposals.holds_dates, form.columns)), has_figures=any(map(proposals.holds_figures, form.columns)),
    )  # fmt: skip


def badge_of(column: Column, wrong: bool = False) -> tuple[str, str]:
    if wrong:
        return _("Not matched"), "bad"
    if column.target == fields.IGNORE:
        return (_("Empty"), "none") if not column.filled else (_("Left out"), "none")
    if column.target == fields.CUSTOM and column.found not in {"saved", "person"}:
        return FOUND["custom"]
    return FOUND.get(column.found, FOUND["person"])


def dialect_words(run: ImportRun) -> str:
    """Say how the file was read."""
    dialect, words = run.dialect, []
    if dialect.get("sheet"):
        words.append(_("sheet “%(name)s”") % {"name": dialect["sheet"]})
    if dialect.get("encoding"):
        words.append(str(dialects.ENCODINGS.get(dialect["encoding"], dialect["encoding"])))
    if dialect.get("delimiter"):
        words.append(str(dialects.DELIMITERS.get(dialect["delimiter"], dialect["delimiter"])))
    line = dialect.get("header_line")
    words.append(_("header in line %(line)s") % {"line": line} if line else _("no header"))
    return ", ".join(words)


# ------------------------------------------------------------------ page 4


def progress(run: ImportRun) -> dict[str, Any]:
    done = {Step.READING: run.rows, Step.CHECKING: run.next_line, Step.RUNNING: run.next_line, Step.UNDOING: run.next_line // 2}[run.step]
    total = 0 if run.step == Step.READING else run.rows
    return base(run, done=done, total=total, left=seconds_left(run, done), percent=int(100 * done / total) if total else 0,
                heading=heading_of(run))  # fmt: skip


def heading_of(run: ImportRun) -> str:
    rows = f"{run.rows:,}"
    return {
        Step.READING: _("Reading the file"), Step.CHECKING: _("Checking %(rows)s rows") % {"rows": rows},
        Step.RUNNING: _("Importing %(rows)s rows") % {"rows": rows}, Step.UNDOING: _("Taking the import back"),
    }[run.step]  # fmt: skip


def seconds_left(run: ImportRun, done: int) -> timedelta | None:
    if run.step != Step.RUNNING or not run.started_at or done < 1000:
        return None
    gone = (timezone.now() - run.started_at).total_seconds()
    return timedelta(seconds=max(1, gone * (run.rows - done) / done))


# ------------------------------------------------------------------ page 5


def result(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    leads = Lead.objects.filter(pk__in=ImportRow.objects.filter(import_run=run, fate__in=["created", "joined"]).values("lead"))
    undone = {"taken": 0, "kept": 0}
    if run.step == Step.UNDONE:
        undone |= dict(run.import_rows.exclude(back="").values_list("back").annotate(n=Number("pk")))
    kept = run.import_rows.filter(back="kept").select_related("lead", "opportunity").order_by("number")[:50] if undone["kept"] else []
    took = max(run.finished_at - run.started_at, timedelta(seconds=1)) if run.finished_at and run.started_at else None
    shown = run.kind == ImportRun.Kind.LEADS and run.step == Step.FINISHED
    found = Lead.objects.visible_to(request.user).filter(pk__in=came_in(run)) if run.kind == ImportRun.Kind.LEADS else None
    return base(
        run, took=took, undone=undone, kept=[(one, judging.words_of(one.why)) for one in kept], can_be_undone=running.can_be_undone(run),
        until=run.change.until if run.change else None, owners=owners_of(leads) if shown else [], scores=scores_of(leads) if shown else None,
        waiting=leads.filter(qualify_due_at__isnull=False).count() if shown else 0, at=clock.now(),
        found=count_all({"leads": found})["leads"] if found is not None else Count(0), leads_url=leads_url(run),
    )  # fmt: skip


def came_in(run: ImportRun) -> QuerySet:
    """Return the keys of the leads that came in with an import and stayed."""
    return Submission.objects.filter(import_run=run, lead__isnull=False, result__in=CAME_IN).values("lead")


def leads_url(run: ImportRun) -> str:
    """Return the address of the list of leads that came in with an import, whatever became of them."""
    return f"{reverse('leads:leads')}?{urlencode({'view': 'all', 'import.is': run.pk})}"


def owners_of(leads) -> list[dict[str, Any]]:
    """Return who got how many of the leads, the most first."""
    handed = leads.filter(Q(owner__isnull=False) | Q(is_open=True))  # what came in ended was never to go to anybody
    counts = list(handed.values("owner").annotate(n=Number("pk")).order_by("-n", F("owner").asc(nulls_last=True))[:8])
    people = User.objects.in_bulk([row["owner"] for row in counts if row["owner"]])
    most = max((row["n"] for row in counts), default=1)
    return [{"person": people.get(row["owner"]), "n": row["n"], "most": most} for row in counts]


def scores_of(leads) -> dict[str, Any] | None:
    """Return a histogram of the scores in tens, drawn by its numbers, and how many are cold, warm and hot."""
    scored = leads.filter(score__isnull=False)
    tens = {f"t{n}": Number("pk", filter=Q(score__gte=10 * n, score__lt=10 * n + 10 if n < 9 else 101)) for n in range(10)}
    bands = {band: Number("pk", filter=Q(temperature=band)) for band in ("cold", "warm", "hot")}
    found = scored.aggregate(total=Number("pk"), **tens, **bands)
    if not found["total"]:
        return None
    most = max(found[f"t{n}"] for n in range(10)) or 1
    bars = [
        {"x": 42 * n + 3, "height": round(110 * found[f"t{n}"] / most), "y": 125 - round(110 * found[f"t{n}"] / most),
         "band": "cold" if n < 4 else "warm" if n < 7 else "hot"}
        for n in range(10)
    ]  # fmt: skip
    return {"bars": bars, **{band: found[band] for band in bands}}
