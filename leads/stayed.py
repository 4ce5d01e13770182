"""Why leads stayed as they were when something was done with many of them, in words."""

from collections import Counter
from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.exceptions import ChangedMeanwhile, LeadNotOpen, LeadRefusal, NotRestorable

ALREADY, CHANGED, ENDED, GONE, REFUSED = "already", "changed", "ended", "gone", "refused"


def why(refusal: LeadRefusal) -> str:
    """Return the code of a refusal."""
    if isinstance(refusal, ChangedMeanwhile):
        return CHANGED
    return ENDED if isinstance(refusal, LeadNotOpen | NotRestorable) else REFUSED


def sentence(verb: str, counts: Mapping[str, int]) -> str:
    """Return the reasons with their numbers, the most frequent first: "138 are qualified already, 4 have ended."; or nothing."""
    said = [words(verb, code, n) for code, n in Counter(counts).most_common() if n > 0]
    return f"{', '.join(said)}." if said else ""


def words(verb: str, code: str, n: int) -> str:
    """Say of n leads why they stayed: "138 are qualified already"."""
    shown = {"n": number_format(n, use_l10n=True, force_grouping=True)}
    if code == ALREADY and verb == "qualify":
        return ngettext("%(n)s is qualified already", "%(n)s are qualified already", n) % shown
    if code == ALREADY and verb == "assign":
        return ngettext("%(n)s has this owner already", "%(n)s have this owner already", n) % shown
    if code == ALREADY and verb == "tag":
        return ngettext("%(n)s has this tag already", "%(n)s have this tag already", n) % shown
    if code == ALREADY:
        return ngettext("%(n)s was so already", "%(n)s were so already", n) % shown
    if code == ENDED:
        return ngettext("%(n)s has ended", "%(n)s have ended", n) % shown
    if code == CHANGED:
        return ngettext("%(n)s was changed by somebody else at that moment", "%(n)s were changed by somebody else at that moment", n) % shown
    if code == GONE:
        return ngettext("%(n)s has ended or left the list meanwhile", "%(n)s have ended or left the list meanwhile", n) % shown
    return ngettext("%(n)s stayed as it was", "%(n)s stayed as they were", n) % shown


def word(verb: str, code: str) -> str:
    """Say of one lead, beside its name, why it stayed."""
    already = {"qualify": _("is qualified already"), "assign": _("has this owner already"), "tag": _("has this tag already")}
    if code == ALREADY:
        return already.get(verb, _("was so already"))
    return _("was changed by somebody else at that moment")
