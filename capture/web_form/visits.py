"""Where a visit came from: campaign parameters, click ids, referrer, landing page (first and last touch)."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest, HttpResponse

from leads.texts import line

UTM = (
    "utm_id", "utm_source", "utm_medium", "utm_campaign", "utm_source_platform", "utm_term", "utm_content", "utm_creative_format",
    "utm_marketing_tactic",
)  # fmt: skip
CLICK_IDS = ("gclid", "gbraid", "wbraid", "fbclid", "msclkid", "li_fat_id", "ttclid")
LONGEST = 255
COOKIE, COOKIE_DAYS, COOKIE_SALT = "crm_first_touch", 90, "capture.first_touch"


def touch_of(request: HttpRequest, *, at: datetime) -> dict[str, Any]:
    """Return the traces of this visit: values as they came, cut at 255; {} for a visit that left none."""
    found = {name: text for name in (*UTM, *CLICK_IDS) if (text := line(request.GET.get(name, ""))[:LONGEST])}
    referrer = line(request.META.get("HTTP_REFERER", ""))[:LONGEST]
    if referrer and _host(referrer) and _host(referrer) != request.get_host().rpartition(":")[0] and _host(referrer) != request.get_host():
        found["referrer"] = referrer
    if found:
        found["landing"] = line(request.get_full_path())[:LONGEST]
        found["at"] = at.isoformat(timespec="seconds")
    return found


def _host(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in {"http", "https"} else ""


def first_touch(request: HttpRequest) -> dict[str, Any]:
    """Return the first visit that left a trace, from our own signed cookie of 90 days."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE_SALT, max_age=COOKIE_DAYS * 86400)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}


def remember(request: HttpRequest, response: HttpResponse, touch: dict[str, Any]) -> None:
    """Keep the first touch; a later visit does not replace it."""
    if touch and not first_touch(request):
        response.set_cookie(
            COOKIE, signing.dumps(touch, salt=COOKIE_SALT, compress=True), max_age=COOKIE_DAYS * 86400, path="/f/", httponly=True,
            samesite="Lax", secure=request.is_secure(),
        )  # fmt: skip


def origins_in(touch: dict[str, Any]) -> dict[str, str]:
    """Return source, medium and campaign by the names the visit gave, trimmed and in lower case for grouping."""
    names = {"source": "utm_source", "medium": "utm_medium", "campaign": "utm_campaign"}
    return {kind: text for kind, name in names.items() if (text := touch.get(name, "").strip().lower())}
