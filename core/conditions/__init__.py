"""One engine for «which records»: list filters, saved views, rules, territories, audiences (decision 28).

The JSON form is a condition or a nested group of them; `{}` means every record:

    {"all": [{"field": "score", "op": "gte", "value": 70},
             {"any": [{"field": "country", "op": "is", "value": ["NO", "SE"]},
                      {"field": "custom.budget", "op": "filled"}]}]}

An app registers the fields of its records in its module `fields` (an allow-list; custom fields come by themselves):

    conditions.register("lead", Field("score", _("Score"), "number", column="score"), …)

What may be asked of a field follows from its type:

    text     is, is_not, contains, not_contains, starts (one text or a list: any of them), empty, filled; case is ignored
    number   is, is_not, gte, lte, gt, lt, empty, filled
    date     is, before, after (a day), within, older, ahead ("7d", "12h", "30m": ago or from now), empty, filled
    choice   is, is_not (one value or a list), empty, filled; also country, person ("me", pk) and tag
    flag     is (true or false)
    code     as text, and between ("69000 to 69999": each end as far as it is written)
    language as text, by code or name ("de", "German"); one without a place means it everywhere
    act      did, did_not ("pricing within 30d", "30d", "pricing" or "ever")

Reading never fails: what can't be understood becomes a `Problem` and that condition matches nothing.

    book = conditions.book("lead", at=at, user=user)      # fields and names, each loaded once when needed
    found = book.read(stored)                             # Conditions
    found.q                                               # a Q for many records
    found.matches(lead); found.results(lead)              # the same answer for one, and condition by condition
    found.problems; found.sentence; found.tokens          # what is wrong with it; how it reads
    [leaf.words for leaf in found.leaves]                 # (label, operator, value) for chips

Missing values: an empty or NULL value matches `empty` and every `is_not`, and nothing else; a flag without a value is no.

In an address the same reads `?score.gte=70&owner.is=me&country.is=NO,SE`; a key may be repeated. Deeper groups travel
as JSON in `where`. See core.conditions.address: `from_address(pairs)`, `to_address(stored)`.
"""

from core.conditions import acts as _acts  # noqa: F401  its kinds join the others before anybody asks
from core.conditions import languages as _languages  # noqa: F401
from core.conditions.address import from_address, to_address
from core.conditions.engine import Book, Conditions, book
from core.conditions.fields import Field, Problem, register, registered

__all__ = ["Book", "Conditions", "Field", "Problem", "book", "from_address", "register", "registered", "to_address"]
