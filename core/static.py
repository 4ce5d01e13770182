"""Static addresses that change with the file's content, without a build step."""

import hashlib
from functools import cache

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


@cache
def _version(name: str) -> str:
    path = finders.find(name)
    if not path:
        return ""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:10]


class VersionedStaticFilesStorage(StaticFilesStorage):
    """Add ?v=<digest> so that a browser may keep a file for ever and still sees the next release."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        if address.endswith(".woff2"):  # the stylesheet names it without a version, and a preload must agree
            return address
        version = _version((name or "").split("#")[0])
        return f"{address}?v={version}" if version else address
