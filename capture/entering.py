"""The one way in: any number of submissions → cleaned → deduped against open leads and each other → leads.

Set-based; a single web enquiry walks the same path as ten thousand rows of a file. Races are settled by the database: leads
are inserted ON CONFLICT DO NOTHING, and whoever loses joins the winner. Everything happens in the caller's transaction.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from capture import arrivals as said
from capture import joining
from capture.arrivals import Arrival, Entry, Fate
from capture.eyes import eyes
from capture.leads_in_bulk import insert, is_act
from capture.lists import TRUSTED, Lists
from capture.notices import tell_of_pairs
from capture.rows import as_json, ask, copy_rows, next_ids
from leads.cleaning import Cleaned, clean
from leads.figures import DAY_FIRST
from leads.matching import OpenLeads

ROUNDS = 5  # an entry that lost its place to another this often in a row comes back with the next batch


class Contended(Exception):
    """Others kept taking the same places; the batch is tried again later."""


def enter(
    arrivals: Sequence[Arrival], *, lists: Lists | None = None, order: str = DAY_FIRST, policy: Mapping[str, str] | None = None,
    strict: bool = False, tags: Iterable[str] = (),
) -> list[Fate]:  # fmt: skip
    """Make leads of entries or join them with open ones; return their fates in the same order.

    `strict` refuses an entry with anything unreadable in it (a row of a file, which its owner can mend); otherwise what
    can't be read is left out and named. `policy` says per column what joining does: fill (the default), overwrite, keep.
    """
    lists = lists or Lists.load()
    return enter_read(read(arrivals, lists, order=order, strict=strict), lists, policy=policy, tags=tags)


def enter_read(
    entries: Sequence[Entry], lists: Lists, *, policy: Mapping[str, str] | None = None, tags: Iterable[str] = ()
) -> list[Fate]:
    """Enter what read() has cleaned already. Entries are used up by it: for another try they are read again."""
    tags = list(tags)
    _learn(entries, lists, tags)
    _settle([entry for entry in entries if entry.fate is None], lists, policy or {})
    _remember(entries, lists, tags)
    return [entry.fate for entry in entries]


def read(arrivals: Iterable[Arrival], lists: Lists, *, order: str = DAY_FIRST, strict: bool = False) -> list[Entry]:
    """Clean the entries; those that can't become a lead have their fate already. Writes nothing: previews use it too."""
    entries = []
    for arrival in arrivals:
        cleaned = clean(arrival.raw, country=lists.country, order=order, fields=lists.fields)
        if cleaned.is_empty and cleaned.other and not strict:
            answers = "\n".join(f"{question}: {answer}" for question, answer in cleaned.other.items())
            cleaned = clean({**arrival.raw, "message": answers}, country=lists.country, order=order, fields=lists.fields)
        entry = Entry(arrival, cleaned)
        if cleaned.is_empty:
            result = said.SKIPPED if strict and not cleaned.problems else said.REJECTED
            entry.fate = Fate(result, why=_why("says_nothing", cleaned.problems))
        elif strict and cleaned.problems:
            entry.fate = Fate(said.REJECTED, why=_why("not_readable", cleaned.problems))
        entries.append(entry)
    return entries


def ready(raw: Mapping[str, Any], cleaned: Cleaned) -> str:
    """Keep a cleaned entry without problems as text, with the raw answers it was read from; `made_ready` brings it back."""
    return as_json([as_json(raw), *cleaned.packed()])


def made_ready(text: str) -> tuple[str, Cleaned]:
    """Return (raw answers as JSON, the cleaned entry)."""
    (said, *packed), _end = _whole.raw_decode(text)
    return said, Cleaned.unpacked(packed)


_whole = json.JSONDecoder()


def foresee(entries: Sequence[Entry]) -> list[str]:
    """Tell what entering would do with cleaned entries, without writing: created, joined, skipped or rejected."""
    leads = OpenLeads.sharing([entry.cleaned for entry in entries if entry.fate is None])
    results = []
    for number, entry in enumerate(entries, 1):
        if entry.fate is None and not leads.match(entry.cleaned)[0]:
            leads.add(entry.cleaned, -number)
            results.append(said.CREATED)
        else:
            results.append(entry.fate.result if entry.fate else said.JOINED)
    return results


def _why(code: str, problems: list[dict]) -> dict:
    return {"code": code, "values": {}, **({"problems": problems} if problems else {})}


def _learn(entries: Sequence[Entry], lists: Lists, tags: list[str]) -> None:
    """Look up the names in the entries; only people of ours add tags."""
    names = {("tag", tag, True) for tag in tags}
    for entry in entries:
        trusted = entry.arrival.channel in TRUSTED
        names.update((kind, name, trusted) for kind, name in entry.cleaned.origins.items())
        if trusted:
            names.update(("tag", tag, True) for tag in entry.cleaned.tags)
        else:
            entry.cleaned.tags.clear()
    if names:
        lists.learn(names)


def _settle(waiting: list[Entry], lists: Lists, policy: Mapping[str, str]) -> None:
    """Give every entry its lead: a new one, or the open one it joins."""
    joins: dict[int, list[Entry]] = {}
    for _round in range(ROUNDS):
        fresh, wanted = _sort(waiting, lists)
        created = insert(fresh, lists)
        waiting = [entry for entry in fresh if entry.lead not in created]
        for entry in fresh:
            if entry.lead in created:
                entry.fate = Fate(said.APART if entry.apart_from else said.CREATED, entry.lead)
        for pk, entries in wanted.items():
            joins.setdefault(pk, []).extend(entries)
        if waiting:
            # those who counted on a lead that lost its place look again with it
            lost = {entry.lead for entry in waiting}
            waiting += [entry for pk in lost & set(joins) for entry in joins.pop(pk)]
            continue
        rows = joining.lock(list(joins))
        closed = set(joins) - set(rows)
        ready = {pk: joins[pk] for pk in rows}
        if ready:
            joining.join(ready, rows, lists, policy)
        for pk, entries in ready.items():
            for entry in entries:
                entry.lead, entry.fate = pk, Fate(said.JOINED, pk)
        waiting = [entry for pk in sorted(closed) for entry in joins[pk]]
        joins = {}
        if not waiting:
            return
    raise Contended


def _sort(waiting: list[Entry], lists: Lists) -> tuple[list[Entry], dict[int, list[Entry]]]:
    """Part the entries into new leads and those that join, {lead: entries}; entries of one batch find each other too."""
    leads = OpenLeads.sharing([entry.cleaned for entry in waiting])
    ids = iter(next_ids("leads_lead", len(waiting)))
    fresh: list[Entry] = []
    wanted: dict[int, list[Entry]] = {}
    may_see = eyes(waiting, leads)
    for entry in waiting:
        candidates, entry.pairs = leads.match(entry.cleaned)
        seen = [pk for pk in candidates if may_see(entry, pk)]
        if seen:
            wanted.setdefault(seen[0], []).append(entry)
            if not any(key in leads.by_email for _typed, key in entry.cleaned.emails):
                leads.joined(entry.cleaned, seen[0])
            continue
        entry.lead = next(ids)
        fresh.append(entry)
        if candidates:
            entry.apart_from, entry.pairs = candidates[0], [(candidates[0], "entered_apart")]
        leads.add(entry.cleaned, entry.lead)
    return fresh, wanted


# --------------------------------------------------------- what stands around


def _remember(entries: Sequence[Entry], lists: Lists, tags: list[str]) -> None:
    """Write addresses, numbers, tags, pairs and the story of every entry that has a lead."""
    there = [entry for entry in entries if entry.fate and entry.fate.lead]
    new = [entry for entry in there if entry.fate.result != said.JOINED]
    late = [entry for entry in there if entry.fate.result == said.JOINED]
    copy_rows("leads_leademail", ("lead_id", "email", "key"), ((e.lead, typed, key) for e in new for typed, key in e.cleaned.emails))
    copy_rows("leads_leadphone", ("lead_id", "number", "e164", "kind"), ((e.lead, *phone) for e in new for phone in e.cleaned.phones))
    if late:
        _add_addresses(late)
    _add_tags(there, lists, tags)
    _add_pairs(new)
    if acts := [(e.lead, "form", "human", e.arrival.captured_at, "{}") for e in there if is_act(e)]:
        copy_rows("leads_engagement", ("lead_id", "kind", "actor", "occurred_at", "details"), acts)
    copy_rows("leads_leadevent", ("lead_id", "kind", "actor_id", "occurred_at", "details"), _events(there))
    for entry in there:
        if not entry.fate.why:
            entry.fate.why = _why("with_doubts", entry.cleaned.problems) if entry.cleaned.problems else {}
        if entry.apart_from:
            entry.fate.why = {"code": "not_visible", "values": {}}


def _add_addresses(entries: list[Entry]) -> None:
    emails = [(e.lead, typed, key) for e in entries for typed, key in e.cleaned.emails]
    phones = [(e.lead, *phone) for e in entries for phone in e.cleaned.phones]
    if emails:
        ask("INSERT INTO leads_leademail (lead_id, email, key) SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[])"
            " ON CONFLICT DO NOTHING RETURNING id", [list(column) for column in zip(*emails, strict=True)])  # fmt: skip
    if phones:
        ask("INSERT INTO leads_leadphone (lead_id, number, e164, kind)"
            " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING RETURNING id",
            [list(column) for column in zip(*phones, strict=True)])  # fmt: skip


def _add_tags(entries: list[Entry], lists: Lists, everyone: list[str]) -> None:
    pairs = {(e.lead, pk) for e in entries for tag in (*e.cleaned.tags, *everyone) if (pk := lists.ids.get(("tag", tag)))}
    if pairs:
        ask("INSERT INTO leads_lead_tags (lead_id, tag_id) SELECT * FROM unnest(%s::bigint[], %s::bigint[])"
            " ON CONFLICT DO NOTHING RETURNING id", [list(column) for column in zip(*sorted(pairs), strict=True)])  # fmt: skip


def _add_pairs(entries: list[Entry]) -> None:
    """Keep the pairs people should look at; a lead of the same batch that joined elsewhere has none."""
    pairs = [(entry.lead, other, json.dumps([{"code": why, "values": {}}])) for entry in entries for other, why in entry.pairs if other != entry.lead]
    if pairs:
        ask("INSERT INTO leads_possibleduplicate (lead_id, other_id, reasons, verdict)"
            " SELECT p.lead, p.other, p.why::jsonb, '' FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS p(lead, other, why)"
            " JOIN leads_lead l ON l.id = p.other ON CONFLICT DO NOTHING RETURNING id",
            [list(column) for column in zip(*pairs, strict=True)])  # fmt: skip
    if apart := [(entry.lead, entry.apart_from) for entry in entries if entry.apart_from]:
        tell_of_pairs(apart, at=max(entry.arrival.captured_at for entry in entries))


def _events(entries: list[Entry]) -> Iterable[tuple]:
    """Word nothing, keep all: where it came from, what was said as it was said, what it filled in, what can't be read."""
    for entry in entries:
        arrival, kind = entry.arrival, "joined" if entry.fate.result == said.JOINED else "created"
        details = {"channel": str(arrival.channel), "submission": arrival.submission, **arrival.told}
        if source := entry.cleaned.origins.get("source"):
            details["source"] = source
        if entry.filled:
            details["filled"] = entry.filled
        if entry.cleaned.problems:
            details["problems"] = entry.cleaned.problems
        yield entry.lead, kind, arrival.by, arrival.captured_at, f'{as_json(details)[:-1]},"said":{arrival.raw_json}}}'
        if kind == "created" and arrival.by and arrival.context.get("keep"):
            kept = {"to": arrival.by, "name": arrival.context.get("by", ""), "why": {"code": "kept_by_typist", "values": {}}}
            yield entry.lead, "assigned", arrival.by, arrival.captured_at, as_json(kept)
