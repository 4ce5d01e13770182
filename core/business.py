"""Business settings: typed, with defaults, edited and audited in the product (decision 5)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.cache import cache, caches
from django.utils.translation import gettext_lazy as _

from core.models import AuditEntry, Setting


@dataclass(frozen=True)
class Declared:
    key: str
    type: type
    default: Any
    label: Any
    help: Any = ""


DECLARED: dict[str, Declared] = {}
_CACHE = "business-settings"
NEAR = 2  # seconds that a process knows the settings by itself


def declare(key: str, type: type, default: Any, label: Any, help: Any = "") -> None:
    DECLARED[key] = Declared(key, type, default, label, help)


declare("organisation_name", str, "Catchment", _("Organisation"))
declare("currency", str, "EUR", _("Currency"), _("Totals are shown in this currency."))
declare("country", str, "", _("Country"), _("Phone numbers without a country code are read as numbers of this country."))
declare("time_zone", str, "Europe/Berlin", _("Time zone of report days"))
declare("demo_is_loading", bool, False, _("Demo data are loading"))
declare("demo_loaded", bool, False, _("Demo data are there"))


def get(key: str) -> Any:
    """Return the value of a declared setting; one cached read for all of them. Other processes may be `NEAR` seconds late."""
    declared = DECLARED[key]
    near = caches["parts"]  # in this process: a page reads several settings, and each would be a way to the cache
    stored = near.get(_CACHE)
    if stored is None:
        stored = cache.get(_CACHE)
        if stored is None:
            stored = dict(Setting.objects.values_list("key", "value"))
            cache.set(_CACHE, stored, 30)
        near.set(_CACHE, stored, NEAR)
    value = stored.get(key, declared.default)
    if declared.type is timedelta and not isinstance(value, timedelta):
        value = timedelta(seconds=value)
    return value


def put(key: str, value: Any, *, by=None) -> None:
    """Store a setting and audit it. Raises TypeError when the value is not of the declared type."""
    declared = DECLARED[key]
    if not isinstance(value, declared.type):
        raise TypeError(f"{key} must be {declared.type.__name__}")
    stored = value.total_seconds() if isinstance(value, timedelta) else value
    before = get(key)
    Setting.objects.update_or_create(key=key, defaults={"value": stored, "changed_by": by})
    AuditEntry.objects.create(action="setting", actor=by, target=key, details={"before": str(before), "after": str(value)})
    cache.delete(_CACHE)
    caches["parts"].delete(_CACHE)
