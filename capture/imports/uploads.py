"""A file on its way into the store: whole, or in parts that can go on after a broken line."""

import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import IO

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.db.models.functions import Now

from capture.imports import files
from capture.imports.refusals import Refused
from capture.models import ImportRun, ImportUpload
from core import limits

KEPT = timedelta(days=1)  # parts of a file nobody finished


class WrongPlace(Exception):
    """A part that does not begin where the last one ended; `received` says where to go on."""

    def __init__(self, received: int):
        super().__init__(received)
        self.received = received


def begin(*, by, name: str, size: int) -> ImportUpload:
    """Open an upload, or return the one of the same name and size that broke off. Raises Refused."""
    check_size(size)
    name = files.shown_name(name)
    forget_unfinished()
    unfinished = ImportUpload.objects.filter(by=by, name=name, size=size, import_run=None)
    return unfinished.order_by("-began_at").first() or ImportUpload.objects.create(by=by, name=name, size=size)


def check_size(size: int) -> None:
    if size <= 0:
        raise Refused("file_empty")
    if size > limits.IMPORT_FILE:
        raise Refused("file_too_large", most=limits.IMPORT_FILE // 2**20)


def add_part(upload: ImportUpload, at: int, part: bytes) -> int:
    """Take the part that begins at byte `at`; return how many bytes are there now. Raises WrongPlace, Refused."""
    if at != upload.received or not part or at + len(part) > upload.size:
        raise WrongPlace(upload.received)
    if at == 0:
        files.check_first_part(part)
    name = _part(upload, at)
    default_storage.delete(name)
    default_storage.save(name, ContentFile(part))
    moved = ImportUpload.objects.filter(pk=upload.pk, received=at).update(received=at + len(part))
    upload.refresh_from_db()
    if not moved:
        raise WrongPlace(upload.received)
    return upload.received


def finish(upload: ImportUpload, **options) -> ImportRun:
    """Put the parts together and open the import. Raises WrongPlace while one is missing, Refused."""
    if upload.import_run:
        return upload.import_run
    if upload.received != upload.size:
        raise WrongPlace(upload.received)
    try:
        run = keep(_joined(upload), by=upload.by, name=upload.name, **options)
    except Refused:
        _drop_parts(upload)
        ImportUpload.objects.filter(pk=upload.pk).update(received=0)
        raise
    ImportUpload.objects.filter(pk=upload.pk).update(import_run=run)
    _drop_parts(upload)
    return run


def keep(content: Iterable[bytes], *, by, name: str, **options) -> ImportRun:
    """Store a file under the digest of its content and open an import for it. Raises Refused."""
    with tempfile.TemporaryFile() as copy:
        digest = hashlib.sha256()
        for piece in content:
            digest.update(piece)
            copy.write(piece)
        check_size(copy.tell())
        size = copy.tell()
        files.kind_of(copy)
        address = f"imports/{digest.hexdigest()[:2]}/{digest.hexdigest()}"
        if not default_storage.exists(address):
            copy.seek(0)
            address = default_storage.save(address, File(copy))
    return ImportRun.objects.create(
        name=files.shown_name(name), digest=digest.hexdigest(), size=size, file=address, by=by,
        step=ImportRun.Step.READING, **options,
    )  # fmt: skip


def _part(upload: ImportUpload, at: int) -> str:
    return f"imports/parts/{upload.pk}/{at:012d}"


def _joined(upload: ImportUpload) -> Iterator[bytes]:
    at = 0
    while at < upload.size:
        try:
            with default_storage.open(_part(upload, at)) as part:
                piece = part.read()
        except FileNotFoundError:
            raise Refused("file_gone") from None
        yield piece
        at += len(piece) or upload.size


def _drop_parts(upload: ImportUpload) -> None:
    folder = f"imports/parts/{upload.pk}"
    try:
        names = default_storage.listdir(folder)[1]
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)


def forget_unfinished() -> None:
    """Drop uploads nobody went on with, a few at a time."""
    for upload in ImportUpload.objects.filter(import_run=None, began_at__lt=Now() - KEPT)[:10]:
        _drop_parts(upload)
        upload.delete()


class StreamingHandler(FileUploadHandler):
    """Write the one file of a form to disk as it comes, and stop at the limit: memory stays at one chunk."""

    copy: IO[bytes] | None = None

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.close()  # only one file counts
        self.copy = tempfile.TemporaryFile()  # noqa: SIM115 — closed by close(), when the view is through

    def receive_data_chunk(self, raw_data, start):
        if start + len(raw_data) > limits.IMPORT_FILE:
            self.request.too_large = True
            raise StopUpload(connection_reset=False)
        self.copy.write(raw_data)

    def file_complete(self, file_size):
        self.copy.seek(0)
        return File(self.copy, name=files.shown_name(self.file_name or ""))

    def close(self) -> None:
        if self.copy is not None:
            self.copy.close()


def pieces(file) -> Iterator[bytes]:
    """Read an open file from its beginning, piece by piece."""
    file.seek(0)
    return iter(lambda: file.read(io.DEFAULT_BUFFER_SIZE * 32), b"")
