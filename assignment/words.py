"""The sentences of decisions. They are stored as codes with values and worded when shown; each is a clause."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock, reasons, wording

reasons.register({
    # who gets it
    "turn": _("it was their turn in %(team)s"),
    "turn_rule": _("it was their turn in %(team)s (rule “%(rule)s”)"),
    "least_load": _("they had the fewest open leads in %(team)s (%(load)s)"),
    "least_load_rule": _("they had the fewest open leads in %(team)s (%(load)s; rule “%(rule)s”)"),
    "least_deals": _("they had the fewest open deals and new leads in %(team)s (%(load)s)"),
    "least_deals_rule": _("they had the fewest open deals and new leads in %(team)s (%(load)s; rule “%(rule)s”)"),
    "least_weighted": _("they had the least to do in %(team)s, deals counted by stage (%(load)s)"),
    "least_weighted_rule": _("they had the least to do in %(team)s, deals counted by stage (%(load)s; rule “%(rule)s”)"),
    "relation": _("they look after %(company)s"),
    "relation_deal": _("the deal “%(deal)s” with %(company)s is theirs"),
    "territory": _("%(territory)s is their territory"),
    "territory_rule": _("%(territory)s is their territory (rule “%(rule)s”)"),
    "named": _("the rule “%(rule)s” names them"),
    "instead": _("%(person)s, whom the rule “%(rule)s” names, can't take it, and it was their turn in %(team)s"),
    "kept": _("they entered it and kept it"),
    "had_it": _("it was theirs already"),
    # who doesn't
    "nobody_free": _("everybody in %(team)s is full or away"),
    "off_hours": _("it is outside the working hours of %(team)s"),
    "holiday": _("%(team)s has a holiday"),
    "no_members": _("nobody in %(team)s takes leads"),
    "nobody_else": _("everybody else in %(team)s who could take it had it already"),
    "in_line": _("older leads of %(team)s wait for room, and come first"),
    "manual": _("a manager of %(team)s hands it out"),
    "no_rule": _("no rule caught it"),
    # what else was found
    "note_named": _("%(person)s: %(why_not)s."),
    "note_relation": _("%(person)s looks after %(company)s but can't take it: %(why_not)s."),
    "note_territory": _("“%(territory)s” is the territory of %(person)s, who can't take it: %(why_not)s."),
    "note_territory_team": _("“%(territory)s” belongs to the whole team."),
    "note_territory_none": _("No territory of %(team)s holds it."),
    "note_territory_broken": _("“%(territory)s” was passed over: as it is written it holds no lead."),
    "note_late": _("%(person)s did not reply within the limit."),
    "note_declined": _("%(person)s declined it."),
    "note_declined_said": _("%(person)s declined it: “%(said)s”."),
    "note_expired": _("%(person)s did not accept it in time."),
    "note_away": _("%(person)s is away."),
    # what becomes of it
    "rule": _("the rule “%(rule)s” says so"),
    "everyone_else": _("no rule before the last one matched"),
    "said": _("%(name)s said so"),
    "came_back": _("its day to come back has come"),
    "wrote_again": _("they wrote again before its day came"),
    "already_handled": _("somebody is working on it already"),
})  # fmt: skip

OUTCOMES = {
    "accept": _("Accepted as a qualified lead"), "keep": _("Kept in the pool"), "nurture": _("Comes back later"),
    "archive": _("Archived"), "opportunity": _("Moved on to an opportunity"), "assigned": _("Assigned"),
    "waiting": _("Waiting for a free person"),
}  # fmt: skip


WHY_NOT = {
    "takes_none": _("takes no leads"), "paused": _("paused"), "away": _("away"), "full": _("full"), "day_full": _("has today's leads"),
    "off_hours": _("outside working hours"), "holiday": _("holiday"), "no_seat": _("takes no leads"), "left": _("no longer here"),
    "declined": _("declined it"), "expired": _("did not accept it in time"), "late": _("did not reply in time"),
}  # fmt: skip


def why_not_words(code: str) -> str:
    """Say why somebody could not take a lead."""
    return str(WHY_NOT.get(code, code))


def notes_of(values: dict) -> str:
    """Word what else a decision found, as whole sentences."""
    notes = ((note["code"], note["values"]) for note in values.get("notes", []))
    return " ".join(reasons.word(code, said | {"why_not": why_not_words(said.get("why_not", ""))}) for code, said in notes)


def sentence(decision) -> str:
    """Say a decision: "Nora Bakke, because it was their turn in EMEA North (rule “Nordics”)." and what else was found."""
    more = notes_of(decision.values)
    return f"{_main(decision)} {more}".strip()


def _main(decision) -> str:
    why = reasons.word(decision.reason, decision.values)
    if decision.outcome == "assigned":
        if decision.reason == "by_hand":
            said = decision.values.get("said", "")
            words = gettext("%(owner)s, because %(name)s chose them.") % ({"owner": "—", "name": "—"} | decision.values)
            return f"{words} “{said}”" if said else words
        return gettext("%(name)s, because %(why)s.") % {"name": decision.values.get("name", ""), "why": why}
    if decision.outcome == "waiting" and decision.reason in ("manual", "off_hours", "holiday"):
        return gettext("Waiting: %(why)s.") % {"why": why}
    if decision.values.get("until"):
        day = wording.day(wording.stored(decision.values["until"]), now=clock.now())
        return gettext("Comes back on %(day)s: %(why)s.") % {"day": day, "why": why}
    return gettext("%(outcome)s: %(why)s.") % {"outcome": OUTCOMES.get(decision.outcome, decision.outcome), "why": why}
