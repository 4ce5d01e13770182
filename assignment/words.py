"""The sentences of decisions. They are stored as codes with values and worded when shown; each is a clause."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import reasons

reasons.register({
    # who gets it
    "turn": _("it was their turn in %(team)s"),
    "turn_rule": _("it was their turn in %(team)s (rule “%(rule)s”)"),
    "least_load": _("they had the fewest open leads in %(team)s (%(load)s)"),
    "least_load_rule": _("they had the fewest open leads in %(team)s (%(load)s; rule “%(rule)s”)"),
    "territory": _("%(territory)s is their territory"),
    "territory_rule": _("%(territory)s is their territory (rule “%(rule)s”)"),
    "named": _("the rule “%(rule)s” names them"),
    "instead": _("%(person)s, whom the rule “%(rule)s” names, can't take more now, and it was their turn in %(team)s"),
    "kept": _("they entered it and kept it"),
    "had_it": _("it was theirs already"),
    # who doesn't
    "nobody_free": _("everybody in %(team)s is full or away"),
    "no_members": _("nobody in %(team)s takes leads"),
    "manual": _("a manager of %(team)s hands it out"),
    "no_rule": _("no rule caught it"),
    # what becomes of it
    "rule": _("the rule “%(rule)s” says so"),
    "everyone_else": _("no rule before the last one matched"),
    "already_handled": _("somebody is working on it already"),
})  # fmt: skip

OUTCOMES = {
    "accept": _("Accepted as a qualified lead"), "keep": _("Kept in the pool"), "nurture": _("Comes back later"),
    "archive": _("Archived"), "opportunity": _("Moved on to an opportunity"), "assigned": _("Assigned"),
    "waiting": _("Waiting for a free person"),
}  # fmt: skip


def sentence(decision) -> str:
    """Say a decision in one sentence: "Nora Bakke, because it was their turn in EMEA North (rule “Nordics”)."."""
    why = reasons.word(decision.reason, decision.values)
    if decision.outcome == "assigned":
        if decision.reason == "by_hand":
            said = decision.values.get("said", "")
            words = gettext("%(owner)s, because %(name)s chose them.") % ({"owner": "—", "name": "—"} | decision.values)
            return f"{words} “{said}”" if said else words
        return gettext("%(name)s, because %(why)s.") % {"name": decision.values.get("name", ""), "why": why}
    return gettext("%(outcome)s: %(why)s.") % {"outcome": OUTCOMES.get(decision.outcome, decision.outcome), "why": why}
