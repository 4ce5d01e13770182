"""What a batch of entries needs to know once: teams, custom fields, the ids of sources, media, campaigns and tags."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from capture.rows import ask
from core import business, custom_fields
from core.models import CustomField
from leads.models import Channel
from teams import clocks
from teams.clocks import Clock
from teams.models import SalesTeam

TABLES = {"source": "leads_source", "medium": "leads_medium", "campaign": "leads_campaign", "tag": "core_tag"}
COLUMNS = {"source": "is_active, is_purchased", "medium": "is_active", "campaign": "is_active", "tag": "tone"}
FIRST = {"source": "true, false", "medium": "true", "campaign": "true", "tag": "'none'"}
TRUSTED = {Channel.IMPORT, Channel.MANUAL, Channel.API, Channel.EVENT}  # people of ours name things here
STRANGERS_NAMES = 500  # of each list; beyond that a stranger's utm_source stays in the touch and names nothing
_ORDINARY = re.compile(r"[\w .:/+&()-]{1,80}")


@dataclass
class Lists:
    """Loaded once for a batch."""

    country: str
    teams: dict[int, SalesTeam]
    default_team: int
    fields: list[CustomField]
    clocks: dict[int, Clock]
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    qualify_after: timedelta = timedelta(0)  # from its entry until a new lead is scored, qualified and assigned

    @classmethod
    def load(cls) -> "Lists":
        teams = {team.pk: team for team in SalesTeam.objects.all()}
        default = next((pk for pk, team in teams.items() if team.is_default), None) or min(teams, default=0)
        return cls(business.get("country"), teams, default, custom_fields.definitions("lead"), clocks.of(teams.values()))

    def learn(self, named: Iterable[tuple[str, str, bool]]) -> None:
        """Find the ids of (list, name, trusted) names and add those that are new; strangers may only add a few."""
        wanted: dict[str, dict[str, bool]] = {}
        for kind, name, trusted in named:
            if name and (kind, name) not in self.ids:
                known = wanted.setdefault(kind, {})
                known[name] = known.get(name, False) or trusted
        for kind, names in sorted(wanted.items()):
            self._find(kind, list(names))
            missing = [name for name, trusted in sorted(names.items()) if (kind, name) not in self.ids and self._may(kind, name, trusted)]
            if missing:
                ask(
                    f"INSERT INTO {TABLES[kind]} (name, {COLUMNS[kind]}) SELECT name, {FIRST[kind]} FROM unnest(%s::text[]) AS n(name)"
                    " ON CONFLICT DO NOTHING RETURNING id",
                    [missing],
                )
                self._find(kind, missing)

    def _find(self, kind: str, names: list[str]) -> None:
        rows = ask(f"SELECT n.name, t.id FROM unnest(%s::text[]) AS n(name) JOIN {TABLES[kind]} t ON lower(t.name) = lower(n.name)", [names])
        self.ids.update({(kind, name): pk for name, pk in rows})

    def _may(self, kind: str, name: str, trusted: bool) -> bool:
        if trusted:
            return True
        return bool(_ORDINARY.fullmatch(name)) and ask(f"SELECT count(*) FROM {TABLES[kind]}")[0][0] < STRANGERS_NAMES
