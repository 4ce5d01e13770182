"""The pages of an import, one a step; every one works as a form without JavaScript."""

from contextlib import suppress
from dataclasses import asdict

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from capture.imports import access, checking, pages, preview, proposals, rejected, running, uploads
from capture.imports.forms import DialectForm, MappingForm, UploadForm, campaign_named
from capture.imports.mapping import Mapping
from capture.imports.refusals import Refused
from capture.models import ImportRow, ImportRun, ImportUpload
from core import clock, exporting, limits
from core.htmx import done, page_or_fragment, wants_fragment
from teams import rights

Step = ImportRun.Step
may_import = rights.requires("import")


def _run(request: HttpRequest, pk: int) -> ImportRun:
    return get_object_or_404(access.visible_to(request.user).select_related("by", "team", "source", "campaign", "change"), pk=pk)


# ------------------------------------------------------------------ page 1


@csrf_exempt  # the token is checked below, after the handler that keeps a large file out of memory is in place
@may_import
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    handler = uploads.StreamingHandler(request)
    request.upload_handlers = [handler]
    try:
        return _imports(request)
    finally:
        handler.close()


@csrf_protect
def _imports(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _upload(request)
    form = UploadForm(initial={"like": request.GET.get("like")})
    return render(request, "imports/imports.html", pages.uploading(request, form))


def _upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    try:
        if getattr(request, "too_large", False):
            uploads.check_size(2**62)
        if form.is_valid():
            file = form.cleaned_data["file"]
            name = file.name if file else _("Pasted rows.csv")
            content = uploads.pieces(file) if file else [form.cleaned_data["rows"].encode()]
            run = uploads.keep(content, by=request.user, name=name, **_beginning(request, form))
            running.advance_if_small(run)
            return redirect(run)
    except Refused as refused:
        form.errors.pop("file", None)  # a file that was too large is no file either, but why is what counts
        form.add_error("file", str(refused))
    return render(request, "imports/imports.html", pages.uploading(request, form), status=422)


def _beginning(request: HttpRequest, form: UploadForm) -> dict:
    """Return what the first page says about all rows."""
    like = access.visible_to(request.user).filter(pk=form.cleaned_data.get("like") or 0).first()
    return {
        "team": (like.team if like else None) or access.first_team(request.user),
        "source": form.cleaned_data.get("source") or (like.source if like else None),
        "campaign": campaign_named(form.cleaned_data.get("campaign", "")),
        "options": {"like": like.pk} if like else {},
    }


@may_import
@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Begin to send a file in parts, or learn where to go on."""
    try:
        size = int(request.POST.get("size", ""))
        begun = uploads.begin(by=request.user, name=request.POST["name"], size=size)
    except Refused as refused:
        return JsonResponse({"error": str(refused)}, status=422)
    except (ValueError, MultiValueDictKeyError):
        return JsonResponse({"error": _("The file could not be sent. Please try again.")}, status=400)
    return JsonResponse({"url": reverse("imports:upload", args=[begun.pk]), "received": begun.received})


@may_import
@require_POST
def upload_part(request: HttpRequest, pk) -> JsonResponse:
    """Take one part; `at` is the byte it begins with. The last one opens the import."""
    begun = get_object_or_404(ImportUpload, pk=pk, by=request.user)
    try:
        if request.content_type == "application/octet-stream":
            at = int(request.GET.get("at", "-1"))
            return JsonResponse({"received": uploads.add_part(begun, at, _part_of(request))})
        form = UploadForm(request.POST, {})
        form.fields["file"].required = False
        form.is_valid()
        run = uploads.finish(begun, **_beginning(request, form))
    except ValueError:
        return JsonResponse({"received": begun.received}, status=409)
    except uploads.WrongPlace as place:
        return JsonResponse({"received": place.received}, status=409)
    except Refused as refused:
        return JsonResponse({"error": str(refused)}, status=422)
    running.advance_if_small(run)
    return JsonResponse({"url": run.get_absolute_url()})


def _part_of(request: HttpRequest) -> bytes:
    """Read the part without the request keeping it: a hundred of them would stay until the collector's next round."""
    part = request.read(limits.IMPORT_PART + 1)
    if len(part) > limits.IMPORT_PART:
        raise RequestDataTooBig
    return part


@may_import
@require_safe
def sample(request: HttpRequest) -> HttpResponse:
    return exporting.download(rejected.sample_file(), _("sample.csv"))


# ------------------------------------------------------------- where it stands


@may_import
@require_safe
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the page of the step the import is at."""
    run = _run(request, pk)
    if run.state == run.State.STUCK or run.step in {Step.FAILED, Step.UPLOADED}:
        return render(request, "imports/stopped.html", pages.stopped(run))
    if run.step in {Step.MAPPING, Step.PREVIEW}:
        return redirect("imports:columns" if run.step == Step.MAPPING else "imports:check", pk)
    if run.step in {Step.FINISHED, Step.UNDONE}:
        if wants_fragment(request):
            return HttpResponseClientRedirect(run.get_absolute_url())
        return render(request, "imports/result.html", pages.result(request, run))
    return page_or_fragment(request, "imports/progress.html", pages.progress(run), fragment="progress")


@may_import
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the poll of the progress page: the numbers, or where to go on."""
    run = _run(request, pk)
    if run.state == run.State.STUCK or run.step not in pages.MOVING:
        return HttpResponseClientRedirect(run.get_absolute_url()) if wants_fragment(request) else redirect(run)
    return page_or_fragment(request, "imports/progress.html", pages.progress(run), fragment="progress")


@may_import
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a step again that was set aside."""
    run = _run(request, pk)
    with suppress(running.NotNow):
        running.retry(run)
    return redirect(run)


# ------------------------------------------------------------------ page 2


@may_import
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    if run.step not in {Step.MAPPING, Step.PREVIEW}:
        return redirect(run)
    words = pages.outcome_words(run)
    form = MappingForm(run, request.user, words, request.POST or None)
    if request.method == "POST":
        kind = request.POST.get("kind")
        if kind in ImportRun.Kind.values and kind != run.kind:
            _change_kind(run, kind)
            return redirect("imports:columns", pk)
        if form.is_valid():
            return _keep_columns(request, run, form)
    status = 422 if form.is_bound else 200
    return render(request, "imports/columns.html", pages.columns(request, run, form), status=status)


def _change_kind(run: ImportRun, kind: str) -> None:
    """Read the columns anew as leads or as deals."""
    headers = [column["header"] for column in run.columns]
    found = proposals.columns_for(headers, proposals.look_at(run, len(headers)), kind)
    options = {**run.options, "outcomes": {}}
    ImportRun.objects.filter(pk=run.pk, step__in=[Step.MAPPING, Step.PREVIEW]).update(
        kind=kind, columns=[asdict(column) for column in found], options=options, step=Step.MAPPING
    )


def _keep_columns(request: HttpRequest, run: ImportRun, form: MappingForm) -> HttpResponse:
    given = form.cleaned_data
    run.columns = [asdict(column) for column in form.chosen_columns()]
    run.options = {**run.options, **form.options(), "tag": form.tag_id()}
    run.team, run.source, run.campaign = given["team"], given["source"], form.campaign_row()
    run.options["outcomes"] = pages.outcomes(run)
    with transaction.atomic():
        run.save(update_fields=["columns", "options", "team", "source", "campaign"])
        problems = Mapping.of(run).problems()
        if request.POST.get("act") == "check" and not problems:
            try:
                running.check_again(run)
            except running.NotNow:
                return redirect(run)
    if problems or request.POST.get("act") != "check":
        context = pages.columns(request, run, MappingForm(run, request.user, pages.outcome_words(run)), problems)
        return render(request, "imports/columns.html", context, status=422 if problems else 200)
    running.advance_if_small(run)
    return redirect(run)


@may_import
@require_POST
def dialect(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the file anew, with another encoding, separator, header line or sheet."""
    run = _run(request, pk)
    form = DialectForm(run, request.POST)
    if run.step not in {Step.MAPPING, Step.PREVIEW, Step.FAILED}:
        return redirect(run)
    if not form.is_valid():
        mapping = MappingForm(run, request.user, pages.outcome_words(run))
        return render(request, "imports/columns.html", pages.columns(request, run, mapping, dialect=form), status=422)
    with suppress(running.NotNow):
        running.read_again(run, form.chosen(run.dialect))
        running.advance_if_small(run)
    return redirect(run)


# ------------------------------------------------------------------ page 3


@may_import
@require_safe
def check(request: HttpRequest, pk: int) -> HttpResponse:
    run = _run(request, pk)
    if run.step not in {Step.PREVIEW, Step.FINISHED, Step.UNDONE}:
        return redirect(run)
    return page_or_fragment(request, "imports/check.html", preview.check(request, run), fragment="rows")


@may_import
@require_http_methods(["GET", "HEAD", "POST"])
def row(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Mend the cells of one row and judge it again."""
    run = _run(request, pk)
    found = get_object_or_404(ImportRow, import_run=run, number=number)
    if run.step != Step.PREVIEW:
        return redirect(run)
    if request.method == "POST":
        given = {name.removeprefix("cell-"): text[:10_000].replace("\x00", "") for name, text in request.POST.items()
                 if name.startswith("cell-") and name[5:].isdecimal() and int(name[5:]) < len(run.columns)}  # fmt: skip
        found = checking.fix_row(run, number, given)
        if found.planned != ImportRow.Fate.REJECTED:
            to = f"{reverse('imports:check', args=[pk])}?show=rejected"
            return done(request, to, event="import:mended", toast=_("Line %(line)s can come in now.") % {"line": found.line})
    status = 422 if request.method == "POST" else 200
    return render(request, "imports/row.html", preview.row(run, found), status=status)


@may_import
@require_POST
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin to store the rows."""
    found = _run(request, pk)
    with suppress(running.NotNow):  # it runs already: the page says how far it is
        running.start(found, at=clock.now())
    return redirect("imports:import", pk)


# ------------------------------------------------------------------ page 5


@may_import
@require_safe
def rejects(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the rows that did not come in as a file, with the reason of each."""
    found = _run(request, pk)
    if not found.rows or found.step in {Step.READING, Step.MAPPING, Step.CHECKING}:
        raise Http404
    return exporting.download(rejected.rows_of(found), rejected.name_of(found))


@may_import
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the import back: all of it when it is through, what is in so far while it runs."""
    found = _run(request, pk)
    with suppress(running.NotNow):
        if found.step == Step.RUNNING:
            running.stop(found)
        else:
            running.begin_undo(found)
    return redirect("imports:import", pk)
