"""Lists of records: filters as chips, search, sort and pages, all of it in the address.

    LEADS = Listing("lead", sorts={"score": Sort(_("Score"), "score"), "name": Sort(_("Name"), Lower("name"))},
                    default="-score", search=search)

    shown = LEADS.read(request, Lead.objects.visible_to(request.user))
    if shown.redirect:                    # the filter form was sent: go to the address that says the same
        return redirect(shown.redirect)
    counts = shown.count(mine=…, hot=…)   # one query for the total and for whatever else is to be counted
    shown.page.rows, shown.chips, shown.notices, shown.sorts, shown.editor …

The address reads `?score.gte=70&owner.is=me&q=nord&sort=-score&page=2`; the filters are core.conditions about fields
that are registered for the record. What the list doesn't know is left out, one by one, and a notice says so.
Templates: core/_filters.html (chips, add, search, sort), core/_pager.html.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

from core import clock, conditions, limits
from core.arrays import Among
from core.conditions.address import MERGED, NO_VALUE, is_condition
from core.conditions.fields import Field, Problem
from core.conditions.kinds import KINDS
from core.counting import (
    FEW,
    Count,
    among_newest,
    count_all,
    count_and_keep,
    count_and_sort,
    first_that,
    keys_of,
    sorted_keys,
)
from core.listing_parts import Chip, Editor, Page, Pairs, SortLink
from core.sorting import Sort

PASSING = frozenset({"page", "peek", "add", "change", "field", "op", "value", "was"})  # say nothing about what is listed
OWN = frozenset({"q", "sort", "near", *PASSING})  # near: words similar to those of q too (1), or not (0)
MAX_SEARCH, MAX_QUERY = 200, 4_000
MAX_PAGE = 20_000
SORTED_AT_ONCE = 2_500  # found by words are sorted while they are counted; more than these are soon met along the order
ENOUGH = 5  # found: then what was typed was meant
WALKED = 7_000  # rows in order; so many are read about as soon as the same number found by words
GLANCED, LOOKED_AT = 500, 16_000  # of the newest rows: what the first few say is common is counted among more of them


class Listing:
    """What one list can do: its record's fields as filters, its sorts, its search, and further keys of its address."""

    def __init__(
        self, record: str, *, sorts: Mapping[str, Sort], default: str,
        search: Callable[[QuerySet, str], QuerySet] | None = None, also: Iterable[str] = (),
        near: Callable[[QuerySet, str], tuple[QuerySet, list[str]]] | None = None, sought: Callable[[str], Q] | None = None,
        keys_first: bool = False, is_vast: bool = False,
    ):  # fmt: skip
        self.record, self.sorts, self.default, self.search, self.near = record, dict(sorts), default, search, near
        self.sought = sought  # what `search` asks of a row: lets the first of very many be found by walking along the order
        self.is_vast = is_vast  # so many rows that the newest are glanced at before an index gathers what is searched
        self.keys_first = keys_first  # where an order has no index: only keys are sorted, and what a row shows is read for one page
        self.also = frozenset(also)

    def read(self, request: HttpRequest, rows: QuerySet, *, at=None) -> "Shown":
        """Read the address and narrow the rows (already those the person may see). Only a search asks the database:

        where it finds few, words spelled alike are searched too (`shown.similar` names them).
        """
        return Shown(self, request, rows, at or clock.now(), exact=False)

    def read_query(self, query: str, rows: QuerySet, *, user, path: str) -> "Shown":
        """Read a kept address ("score.gte=70&sort=-score") as `read` reads a request's; similar words count where it says so (near=1)."""
        return Shown(self, SimpleNamespace(GET=QueryDict(query[:MAX_QUERY]), user=user, path=path), rows, clock.now())


class Shown:
    """One list as one address describes it."""

    _is_counted = False
    _first: Sequence[int] = ()  # keys in order, where a search counted them anyway

    def __init__(self, listing: Listing, request: HttpRequest, rows: QuerySet, at, *, exact: bool = True):
        self.listing, self.request, self.exact = listing, request, exact
        self.similar: list[str] = []
        self.spelled = Count(0)  # what has the words as they are spelled, where similar ones are shown too
        self.all = rows
        self.book = conditions.book(listing.record, at=at, user=request.user)
        self.given: Pairs = [(key, value) for key, values in request.GET.lists() for value in values]
        self.pairs: Pairs = [(key, value) for key, value in self.given if key not in PASSING and value.strip()
                             or key.rpartition(".")[2] in NO_VALUE]
        self.notices: list[str] = []
        self.chips: list[Chip] = []
        self.total = Count(limits.EXACT_COUNT + 1)  # as many as there may be, until they are counted
        self.keys: list[int] | None = None  # of all rows, once they are counted and few
        self.q = request.GET.get("q", "").strip()[:MAX_SEARCH]
        self.sort, self.descending = self._read_sort()
        self.rows = self._narrow(rows)

    # ---------------------------------------------------------------- reading

    def _read_sort(self) -> tuple[str, bool]:
        asked = self.request.GET.get("sort", "")
        key = asked.removeprefix("-")
        if key in self.listing.sorts:
            return key, asked.startswith("-")
        if asked:
            self.notices.append(gettext("This list can't be sorted by “%(name)s”.") % {"name": asked[:40]})
        return self.listing.default.removeprefix("-"), self.listing.default.startswith("-")

    def _narrow(self, rows: QuerySet) -> QuerySet:
        for key in dict.fromkeys(key for key, _value in self.given):
            if key not in OWN and key not in self.listing.also and not is_condition(key):
                self.notices.append(gettext("“%(name)s” is not a filter of this list.") % {"name": key[:60]})
        for key, pairs in self._filters():
            rows = self._filter(rows, key, pairs)
        if self.q and self.listing.search:
            return self._search(rows)
        return rows

    def _search(self, rows: QuerySet) -> QuerySet:
        """Return what has the words, and where that is little what has similar ones too; the address says which it was."""
        found = self.listing.search(rows, self.q)
        asked = dict(self.pairs).get("near")
        self.pairs = [pair for pair in self.pairs if pair[0] != "near"]
        if not self.listing.near or self.exact and asked != "1":
            return found
        if not self.exact:
            self.spelled, keys = self._count_found(found)
            if asked == "0" or self.spelled.number >= ENOUGH:
                self.pairs += [("near", "0")] if asked == "0" else []
                self.total, self.keys, self._is_counted = self.spelled, keys, True
                return found
        wider, self.similar = self.listing.near(rows, self.q)
        if self.similar:
            self.pairs.append(("near", "1"))
            return wider
        if not self.exact:
            self.total, self.keys, self._is_counted = self.spelled, keys, True
        return found

    def _count_found(self, found: QuerySet) -> tuple[Count, list[int] | None]:
        """Count what a search finds, and return the keys when they are few. Of some more the first ones are kept in `_first`."""
        if not self.listing.sought:
            counted, keys = count_and_keep(found, most=FEW)
            return counted[""], keys
        met, among = self._glance()
        if met > FEW:
            return Count(met, FEW), None
        sort, is_met_soon = self.listing.sorts[self.sort], 2 * met * WALKED > 3 * limits.PAGE_ROWS * among
        number, keys = count_and_sort(found, sort.value, descending=self.descending, most=FEW if is_met_soon else SORTED_AT_ONCE)
        self._first = keys if number > FEW else ()
        return Count(number, FEW), keys if number <= FEW else None

    def _glance(self) -> tuple[int, int]:
        """Return how many of the newest rows a search finds, and of how many: what is common needs no index to be more than is counted."""
        if not self.listing.is_vast or self.chips:
            return 0, 0
        return among_newest(self.all, self.listing.sought(self.q), most=FEW, within=LOOKED_AT, first=GLANCED)

    def _filters(self) -> Iterable[tuple[str, Pairs]]:
        """Give the address's filters one by one; a key said twice is one filter where that means «any of them»."""
        for key, same in groupby(sorted((pair for pair in self.pairs if is_condition(pair[0])), key=self._place), key=lambda p: p[0]):
            pairs = list(same)
            if key.rpartition(".")[2] in MERGED:
                yield key, pairs
            else:
                yield from ((key, [pair]) for pair in dict.fromkeys(pairs))

    def _place(self, pair: tuple[str, str]) -> int:
        return next(place for place, other in enumerate(self.pairs) if other[0] == pair[0])

    def _filter(self, rows: QuerySet, key: str, pairs: Pairs) -> QuerySet:
        found = self.book.read(conditions.from_address(pairs))
        if problems := found.problems_of_names():
            self.notices += [_left_out(problem) for problem in problems]
            self.pairs = [pair for pair in self.pairs if pair not in pairs]
            return rows
        if found.is_everything:
            return rows
        words = found.leaves[0].words if len(found.leaves) == 1 else ("", "", found.sentence)
        self.chips.append(Chip(*words, remove_url=self.url(without=pairs), change_url=self._change_url(key, pairs)))
        return rows.filter(found.q)

    def _change_url(self, key: str, pairs: Pairs) -> str:
        return "" if key == "where" else self.url(change=pairs[0][0] if len(pairs) > 1 else f"{key}={pairs[0][1]}")

    # -------------------------------------------------------------- addresses

    def url(self, *, without: Pairs = (), **changes: str) -> str:
        """Return the list's address with some pairs left out and some keys set (None takes one away)."""
        kept = [pair for pair in self.pairs if pair not in without and pair[0] not in changes]
        kept += [(key, str(value)) for key, value in changes.items() if value not in (None, "")]
        return f"{self.request.path}?{urlencode(kept)}" if kept else self.request.path

    @property
    def here(self) -> str:
        """Return the address of just this page of the list with what is previewed, without an open filter form."""
        return self.url(page=self._page, peek=str(self.peek) if self.peek else None)

    @property
    def query(self) -> str:
        """Return what describes this page of the list, to find it again from one of its records."""
        return self.url(page=self._page).partition("?")[2]

    @property
    def _page(self) -> str | None:
        return str(self.number) if self.number > 1 else None

    @cached_property
    def peek(self) -> int | None:
        """Return the key of the record that is previewed beside the list."""
        asked = self.request.GET.get("peek", "")
        return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else None

    @property
    def unpeeked_url(self) -> str:
        return self.url(page=self._page)

    def peek_url(self, key: int) -> str:
        return self.url(page=self._page, peek=str(key))

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chips or self.q)

    @property
    def clear_url(self) -> str:
        return self.url(without=[pair for pair in self.pairs if is_condition(pair[0]) or pair[0] in {"q", "near"}])

    @property
    def as_spelled_url(self) -> str:
        """Return the list of what has the words as they were typed."""
        return self.url(near="0")

    @property
    def is_as_spelled(self) -> bool:
        """Tell whether somebody asked for just that."""
        return ("near", "0") in self.pairs

    @property
    def similar_url(self) -> str:
        return self.url(near=None)

    @property
    def carried(self) -> Pairs:
        """Return the pairs the search form sends along: all but the search itself."""
        return [pair for pair in self.pairs if pair[0] not in {"q", "near"}]

    @cached_property
    def sorts(self) -> list[SortLink]:
        links = []
        for key, sort in self.listing.sorts.items():
            now = key == self.sort
            turned = not self.descending if now else sort.descending
            value = f"-{key}" if turned else key
            direction = ("descending" if self.descending else "ascending") if now else ""
            links.append(SortLink(key, sort.label, self.url(sort=None if value == self.listing.default else value), direction))
        return links

    @property
    def sort_of(self) -> dict[str, SortLink]:
        return {link.key: link for link in self.sorts}

    @property
    def sorted_by(self) -> SortLink:
        return self.sort_of[self.sort]

    # ---------------------------------------------------------------- filters

    @cached_property
    def groups(self) -> list[tuple[Any, list[tuple[Any, str]]]]:
        """Return the fields one can filter by: (group, [(label, address that opens its form)])."""
        return self.groups_at(self.adding)

    @property
    def adding(self) -> str:
        """Return the beginning of the address that opens a field's form."""
        return f"{self.url(add=None)}{'&' if self.pairs else '?'}add="

    def groups_at(self, beginning: str) -> list[tuple[Any, list[tuple[Any, str]]]]:
        named: dict[str, list] = {}
        for each in self.book.fields.values():
            named.setdefault(str(each.group or ""), []).append((each.label, beginning + quote_plus(each.key)))
        return list(named.items())

    @property
    def fields_known(self) -> str:
        """Return what the words of the fields hang on, apart from the language: their keys, and the labels people gave."""
        return " ".join([f"{each.key}={each.label}" if type(each.label) is str else each.key for each in self.book.fields.values()])

    @cached_property
    def editor(self) -> Editor | None:
        """Return the form the address asks for with `add` or `change`."""
        add, change = self.request.GET.get("add", ""), self.request.GET.get("change", "")
        key, _equals, only = change.partition("=")
        name, _dot, op = (add, "", "") if add else key.rpartition(".")
        found = self.book.fields.get(name)
        if found is None:
            return None
        pairs = [pair for pair in self.pairs if change and pair[0] == key and (not only or pair[1] == only)]
        values = [part for _key, value in pairs for part in (value.split(",") if found.cast is int or found.type == "country" else [value])]
        kind = KINDS[found.type]
        return Editor(
            field=found, was=change, values=values, cancel_url=self.url(),
            operators=[(name, words, name == op) for name, words in kind.ops.items()],
            options=[(str(value), words, str(value) in values) for value, words in self._options(found)],
            carried=[pair for pair in self.pairs if pair not in pairs],
        )  # fmt: skip

    def _options(self, found: Field) -> list[tuple[Any, Any]]:
        if found.type == "flag":
            return [("yes", gettext("yes")), ("no", gettext("no"))]
        options = self.book.options(found)
        return [("me", gettext("me")), *options] if found.type == "person" else options

    @cached_property
    def redirect(self) -> str:
        """Return where the filter form leads: the address that says in one pair what the form said in three."""
        name, op = self.request.GET.get("field", ""), self.request.GET.get("op", "")
        if not name or not op:
            return ""
        key, values = f"{name}.{op}", [value for value in self.request.GET.getlist("value") if value.strip()]
        pairs = [(key, "")] if op in NO_VALUE else [(key, value.strip()) for value in values]
        kept = [pair for pair in self.pairs if pair not in pairs]
        whole = kept + pairs
        return f"{self.request.path}?{urlencode(whole)}" if whole else self.request.path

    # ------------------------------------------------------------------ pages

    def count(self, **others: QuerySet) -> dict[str, "Count"]:
        """Count the list and any other rows, each up to limits.EXACT_COUNT, all in one query.

        What is found is looked for once: the page of a short list is read by the keys that were counted.
        """
        if self._is_counted:
            return count_all(others)
        counted, self.keys = count_and_keep(self.rows, most=FEW if self.q else limits.EXACT_COUNT, **others)
        self.total, self._is_counted = counted.pop(""), True
        return counted

    @cached_property
    def number(self) -> int:
        asked = self.request.GET.get("page", "1")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
        if not self.total.is_capped:
            number = min(number, -(-self.total.number // limits.PAGE_ROWS))
        return max(1, min(number, MAX_PAGE))

    @cached_property
    def page(self) -> "Page":
        """Return the rows of the page asked for; beyond the end, those of the last one. One query, two where values end."""
        start = (self.number - 1) * limits.PAGE_ROWS
        rows = self._among_many(start, start + limits.PAGE_ROWS + 1) if self._finds_many else self._between(start, start + limits.PAGE_ROWS + 1)
        return Page(self, rows[: limits.PAGE_ROWS], self.number, len(rows) > limits.PAGE_ROWS)

    @property
    def found(self) -> QuerySet:
        """Return the rows, by their keys where these are known."""
        return self.rows if self.keys is None else self.all.filter(Among("pk", self.keys))

    @property
    def ordered(self) -> QuerySet:
        return self.found.order_by(*self.listing.sorts[self.sort].order(self.descending, self.rows.model))

    @property
    def _parts(self) -> list[QuerySet]:
        """Return the rows in order, as one part or as two (Sort.parts)."""
        return [self.ordered] if self.keys is not None else self.listing.sorts[self.sort].parts(self.found, self.descending)

    @property
    def _finds_many(self) -> bool:
        """Tell whether this is a plain search that found more than it counts."""
        return bool(self.q and self.listing.sought) and self.keys is None and self.total.is_capped and not (self.chips or self.similar)

    def _among_many(self, start: int, stop: int) -> list:
        """Return rows of a search that finds many: first the list's order is walked a little way, where they may soon be met.

        Where they are not, they are thin on the ground and cheaper read all and sorted, whatever the database thinks of it.
        """
        if stop <= len(self._first):
            return self._of(self._first[start:stop])
        sort = self.listing.sorts[self.sort]
        keys, is_thin = first_that(sort.parts(self.all, self.descending)[0], self.listing.sought(self.q), within=WALKED, most=stop)
        if len(keys) == stop:
            return self._of(keys[start:])
        if is_thin and len(keys) < limits.PAGE_ROWS:
            return self._of(sorted_keys(self.rows, sort.value, descending=self.descending, start=start, stop=stop))
        return self._between(start, stop)

    def _of(self, keys: list[int]) -> list:
        rows = {row.pk: row for row in self.all.filter(Among("pk", keys))}
        return [rows[key] for key in keys if key in rows]

    def _between(self, start: int, stop: int) -> list:
        """Return the rows from one place to before another."""
        read: list = []
        parts = self._parts
        for place, part in enumerate(parts):
            read += self._of(keys_of(part[start:stop])[0]) if self.listing.keys_first else part[start:stop]
            if start + len(read) >= stop or place == len(parts) - 1:
                break
            ended = start + len(read) if read or not start else part.count()
            start, stop = max(start - ended, 0), stop - ended
        return read

    def _keys_between(self, start: int, stop: int) -> list[int]:
        """Return the keys of what `_between` returns. One query unless rows with a value end before `start`."""
        first, *others = self._parts
        keys, *more = keys_of(first[start:stop], *(part[: stop - start] for part in others))
        if keys or not start or not others:
            return [*keys, *(key for found in more for key in found)][: stop - start]
        return [row.pk for row in self._between(start, stop)]

    def beside(self, key: int) -> tuple[int | None, int | None]:
        """Return the keys before and after a record on this page of the list, looking over its edges. One query, three where values end."""
        start = max(0, (self.number - 1) * limits.PAGE_ROWS - 1)
        keys = self._keys_between(start, self.number * limits.PAGE_ROWS + 1)
        if key not in keys:
            return None, None
        place = keys.index(key)
        return keys[place - 1] if place else None, keys[place + 1] if place + 1 < len(keys) else None


def _left_out(problem: Problem) -> str:
    return gettext("%(problem)s This filter is left out.") % {"problem": problem}


