"""What came in, kept as it came: raw entries, rows of files, and the files themselves."""

from collections.abc import Iterable

from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from capture.models import FormPost, ImportRow, ImportRun, ImportUpload, SavedMapping, Submission, WebForm
from core.personal_data import clear, no_personal_data, register
from leads.personal import leads


def _saying(rows: QuerySet, column: str, addresses: Iterable[str]) -> QuerySet:
    """Return rows in whose raw text one of the addresses stands."""
    said = Q(pk__in=[])
    for address in addresses:
        said |= Q(said__icontains=address)
    return rows.annotate(said=Cast(column, TextField())).filter(said)


def entries(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    raw = _saying(Submission._base_manager.all(), "raw", addresses).values("pk")
    return Submission._base_manager.filter(Q(lead__in=leads(addresses, phones)) | Q(pk__in=raw))


def rows(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    raw = _saying(ImportRow._base_manager.all(), "cells", addresses).values("pk")
    return ImportRow._base_manager.filter(Q(lead__in=leads(addresses, phones)) | Q(pk__in=raw))


def runs(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    return ImportRun._base_manager.filter(pk__in=rows(addresses, phones).values("import_run"))


def forget_files(found: QuerySet) -> int:
    """Delete the files the person stands in, and the samples shown of their columns; their rows are entered long since."""
    for run in found:
        if run.file:
            default_storage.delete(run.file)
        columns = [{**column, "samples": []} if isinstance(column, dict) else column for column in run.columns]
        ImportRun._base_manager.filter(pk=run.pk).update(file="", columns=columns, problem="")
    return len(found)


register(Submission, columns=["raw", "context", "why", "last_error"], find=entries, impersonal=["external_id"],
         blank=clear(raw={}, context={}, why={}, last_error=""))  # fmt: skip
register(ImportRow, columns=["cells", "why", "fixes", "key", "ready"], find=rows, blank=clear(cells=[], why=[], fixes={}, key="", ready=""),
         impersonal=["entered_as"])
register(ImportRun, columns=["columns", "file", "problem"], find=runs, blank=forget_files,
         impersonal=["name", "digest", "dialect", "options", "counts", "last_error"])

no_personal_data(WebForm, SavedMapping, why="set-up: forms and names of columns")
no_personal_data(FormPost, why="a keyed hash of an address, for an hour")
no_personal_data(ImportUpload, why="a file's name while it is being sent; its content is in the import")
