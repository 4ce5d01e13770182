"""The access table: every address of the project, and who gets what there.

A row says whose page it is (`who`), who may also see the other team's record there (`theirs`), and how it answers a GET
for those (`get`). Everybody else gets 404; a stranger is led to the sign-in (302, a fragment 401).

An address without a row fails the test, and so does a row without an address. New pages add their row below.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

REP, MANAGER, OPS, ADMIN = "rep", "manager", "ops", "administrator"
ROLES = (REP, MANAGER, OPS, ADMIN)
ALL = frozenset(ROLES)
SALES = frozenset({REP, MANAGER, ADMIN})  # operations see no leads but those they brought in
ADMINS = frozenset({ADMIN})
SET_UP = frozenset({MANAGER, ADMIN})
IMPORTERS = frozenset({MANAGER, OPS, ADMIN})
WATCHERS = frozenset({OPS, ADMIN})

# What stands in an address: how to fill it in for one side of the world (ours, theirs, missing).
PARTS: dict[str, Callable[[Any], list]] = {
    "": lambda side: [],
    "lead": lambda side: [side.lead.pk],
    "lead activity": lambda side: [side.lead.pk, side.activity.pk],
    "lead pair": lambda side: [side.lead.pk, side.pair.pk],
    "pair": lambda side: [side.pair.pk],
    "company pair": lambda side: [side.company_pair.pk],
    "contact pair": lambda side: [side.contact_pair.pk],
    "opportunity": lambda side: [side.opportunity.pk],
    "planned": lambda side: ["lead", side.activity.pk],
    "company": lambda side: [side.company.pk],
    "contact": lambda side: [side.contact.pk],
    "import": lambda side: [side.run.pk],
    "import row": lambda side: [side.run.pk, 1],
    "upload": lambda side: [side.upload.pk],
    "form": lambda side: [side.form.slug],
    "entry": lambda side: [side.entry.pk],
    "notice": lambda side: [side.notice.pk],
    "change": lambda side: [side.change.pk],
    "stuck work": lambda side: ["submission", side.entry.pk],
    "person": lambda side: [side.person.pk],
    "team": lambda side: [side.team.pk],
    "seat": lambda side: [side.seat.pk],
    "key": lambda side: [10**9],
    "kept view": lambda side: [side.view.pk],
    "act": lambda side: [side.act.pk],
    "list": lambda side: ["lead"],
    "any number": lambda side: [1],
    "reset": lambda side: ["x", "no-such-key"],
    "rule": lambda side: ["assignment", side.rule.pk],
    "rule list": lambda side: ["assignment"],
    "rule version": lambda side: ["assignment", side.version.pk],
    "criterion": lambda side: [side.criterion.pk],
    "territory": lambda side: [side.territory.pk],
}


# Addresses without a record of either side in them.
NOT_A_RECORD = frozenset({"", "list", "reset", "key", "rule list", "any number", "admin app", "admin nothing"})


@dataclass(frozen=True)
class Row:
    """What one address answers. `get` is a status, or one by the way of asking or the role where they differ."""

    part: str = ""
    who: frozenset = ALL
    theirs: frozenset = ADMINS
    get: int | dict[str, int] = 200
    public: bool = False
    why: str = field(default="", kw_only=True)  # of what looks like an exception
    open_post: bool = field(default=False, kw_only=True)  # takes a POST without our token, on purpose

    @property
    def is_post_only(self) -> bool:
        return self.get == 405


def page(part: str = "", who: frozenset = ALL, theirs: frozenset = ADMINS, get=200, **more) -> Row:
    return Row(part, who, theirs, get, **more)


def post(part: str = "", who: frozenset = ALL, theirs: frozenset = ADMINS, **more) -> Row:
    """Return the row of an address that only takes POST."""
    return Row(part, who, theirs, 405, **more)


def public(part: str = "", get=200, **more) -> Row:
    return Row(part, ALL, ALL, get, True, **more)


MOVES_ON = {"page": 302, "fragment": 200, "json": 302}  # the page itself leads to where the work is; its part is polled
SIGNED_IN_ALREADY = {"page": 302, "fragment": 302, "json": 200}

TABLE: dict[str, Row] = {
    # core
    "core:health": public(why="tells that the process lives, nothing else"),
    "core:ready": public(get={"any": (200, 503)}, why="tells whether the engines answer, without secrets"),
    "core:undo": post("change", ALL, frozenset({ADMIN}), why="one's own changes; nobody else's but for administrators"),
    "core:operations": page(who=WATCHERS),
    "core:check": post(who=WATCHERS),
    "core:retry": post("stuck work", WATCHERS, WATCHERS),
    "core:gallery": page(who=SET_UP),
    "core:banners": page(get=MOVES_ON),
    "core:notices": page(),
    "core:bell": page(get=MOVES_ON),
    "core:notice": post("notice", frozenset({REP}), frozenset(), why="one's own, and nobody else's"),
    "core:reading": post(),
    "core:wishes": page(),
    # workspace
    "workspace:today": page(),
    "workspace:team": post(),
    "workspace:search": page(),
    "workspace:new_view": page("list"),
    "workspace:columns": post("list"),
    "workspace:pin": post("kept view", frozenset({REP}), frozenset(), why="one's own and the team's"),
    "workspace:view": page("kept view", frozenset({REP}), frozenset(), why="one's own; a shared one also who manages its team"),
    "workspace:done": page("planned", SALES),
    "workspace:snooze": page("planned", SALES),
    "workspace:cancel": post("planned", SALES),
    # leads
    "leads:leads": page(),
    "leads:new": page(get=302, why="leads to the form of the front door"),
    "leads:export": page(who=IMPORTERS),
    "leads:bulk": post(),
    "leads:acts": page(),
    "leads:act": page("act", frozenset({REP}) | ADMINS),
    "leads:undo_act": post("act", frozenset({REP}) | ADMINS),
    "leads:lead": page("lead", SALES),
    "leads:edit": page("lead", SALES),
    "leads:note": post("lead", SALES),
    "leads:call": post("lead", SALES),
    "leads:activities": post("lead", SALES),
    "leads:completion": page("lead activity", SALES),
    "leads:cancellation": post("lead activity", SALES),
    "leads:owner": page("lead", SALES),
    "leads:pool": post("lead", SALES),
    "leads:disqualification": page("lead", SALES),
    "leads:archive": post("lead", SALES),
    "leads:restore": post("lead", SALES),
    "leads:duplicate": post("lead pair", SALES),
    "leads:pairs": page(),
    "leads:pair": post("pair", SALES),
    "leads:merge": page(),
    # opportunities
    "opportunities:board": page(),
    "opportunities:deals": page(),
    "opportunities:deals_file": page(who=IMPORTERS),
    "opportunities:forecast": page(),
    "opportunities:changes": page(),
    "opportunities:filter": page(),
    "opportunities:new": page(),
    "opportunities:conversion": page("lead", SALES),
    "opportunities:opportunity": page("opportunity", SALES),
    "opportunities:stage": post("opportunity", SALES),
    "opportunities:column": post("opportunity", SALES),
    "opportunities:closing": page("opportunity", SALES),
    "opportunities:owner": page("opportunity", SALES),
    "opportunities:facts": page("opportunity", SALES),
    "opportunities:note": post("opportunity", SALES),
    "opportunities:call": post("opportunity", SALES),
    "opportunities:activities": post("opportunity", SALES),
    # customers
    "customers:companies": page(),
    "customers:contacts": page(),
    "customers:new_company": page(),
    "customers:new_contact": page(),
    "customers:company": page("company", SALES),
    "customers:edit_company": page("company", SALES),
    "customers:note_company": post("company", SALES),
    "customers:contact": page("contact", SALES),
    "customers:edit_contact": page("contact", SALES),
    "customers:note_contact": post("contact", SALES),
    "customers:company_pairs": page(),
    "customers:company_pair": post("company pair", SALES),
    "customers:merge_companies": page(),
    "customers:contact_pairs": page(),
    "customers:contact_pair": post("contact pair", SALES),
    "customers:merge_contacts": page(),
    # imports: a manager's own, operations' all
    "imports:imports": page(who=IMPORTERS),
    "imports:sample": page(who=IMPORTERS),
    "imports:uploads": post(who=IMPORTERS),
    "imports:upload": post("upload", frozenset({MANAGER}), frozenset(), why="parts are taken from who began the upload"),
    "imports:import": page("import", IMPORTERS, WATCHERS, get=302, why="leads to the step the import is at"),
    "imports:progress": page("import", IMPORTERS, WATCHERS, get=MOVES_ON),
    "imports:again": post("import", IMPORTERS, WATCHERS),
    "imports:columns": page("import", IMPORTERS, WATCHERS),
    "imports:dialect": post("import", IMPORTERS, WATCHERS),
    "imports:check": page("import", IMPORTERS, WATCHERS),
    "imports:row": page("import row", IMPORTERS, WATCHERS),
    "imports:run": post("import", IMPORTERS, WATCHERS),
    "imports:rejects": page("import", IMPORTERS, WATCHERS, get=404, why="a file only once rows were rejected"),
    "imports:undo": post("import", IMPORTERS, WATCHERS),
    # the front door
    "web_form:form": public("form", open_post=True, why="a form for strangers; its own signed token, doubtful posts set aside"),
    "web_form:thanks": public("form"),
    "capture:submissions": page(who=IMPORTERS),
    "capture:decision": post("entry", IMPORTERS, WATCHERS),
    "capture:manual": page(),
    "capture:likenesses": page(),
    "capture:forms": page(who=IMPORTERS),
    "demo:demo": page(who=ADMINS),
    # assignment
    "assignment:rules": page(who=SET_UP),
    "assignment:new_rule": page("rule list", SET_UP),
    "assignment:rule": page("rule", SET_UP),
    "assignment:place": post("rule", SET_UP),
    "assignment:state": post("rule", SET_UP),
    "assignment:removal": post("rule", SET_UP),
    "assignment:ideal_customers": page(who=SET_UP),
    "assignment:new_criterion": page(who=SET_UP),
    "assignment:criterion": page("criterion", SET_UP),
    "assignment:criterion_removal": post("criterion", SET_UP),
    "assignment:simulator": page(who=SET_UP),
    "assignment:replay": page(who=SET_UP),
    "assignment:dry_run": page("rule list", SET_UP),
    "assignment:activation": post("rule list", SET_UP),
    "assignment:versions": page("rule list", SET_UP),
    "assignment:version_reason": post("rule version", SET_UP),
    "assignment:restoration": post("rule version", SET_UP),
    "assignment:queue": page(who=SET_UP),
    "assignment:by_rules": post(who=SET_UP),
    "assignment:acceptance": post("lead", SALES),
    "assignment:refusal": post("lead", SALES),
    "assignment:team": page("team", SET_UP),
    "assignment:territories": page("team", SET_UP),
    "assignment:new_territory": page("team", SET_UP),
    "assignment:territory": page("territory", SET_UP),
    "assignment:territory_removal": post("territory", SET_UP),
    "assignment:book": page("person", SET_UP),
    "assignment:review": page(),
    "assignment:judgement": post("lead", SALES),
    "assignment:lead_owner": page("lead", SALES),
    "assignment:decisions": page("lead", SALES),
    # scores
    "scoring:proof": page(who=SET_UP),
    "scoring:underway": page(who=SET_UP),
    "scoring:training": post(who=SET_UP),
    "scoring:service": post(who=SET_UP),
    "scoring:fields": post(who=SET_UP),
    "scoring:least": post(who=SET_UP),
    "scoring:deal_words": post(who=SET_UP),
    "scoring:limits": post(who=SET_UP),
    "scoring:lead_score": post("lead", SALES),
    "scoring:alike": page("lead", SALES),
    "scoring:deal_chance": post("opportunity", SALES),
    # settings
    "settings:index": page(),
    "settings:organisation": page(who=ADMINS),
    "teams:people": page(who=SET_UP),
    "teams:invitation": page(who=ADMINS),
    "teams:person": page("person", ADMINS),
    "teams:access": post("person", ADMINS),
    "teams:invitation_again": post("person", ADMINS),
    "teams:second_factor": post("person", ADMINS),
    "teams:profile": page(),
    "teams:teams": page(who=SET_UP),
    "teams:new": page(who=ADMINS),
    "teams:team": page("team", SET_UP),
    "teams:hours": page("team", SET_UP),
    "teams:clock": page("team", SET_UP),
    "teams:members": post("team", SET_UP),
    "teams:deletion": post("team", ADMINS),
    "teams:member": page("seat", SET_UP),
    "teams:removal": post("seat", SET_UP),
    "teams:demo_sign_in": public(get=405, why="not there outside demo mode"),
    # signing in
    "account_login": public(get={"stranger": 200, **SIGNED_IN_ALREADY}),
    "account_logout": public(get={"stranger page": 302, "stranger fragment": 302, "any": 200}, why="asks; only POST signs out"),
    "account_inactive": public(),
    "account_signup": public(get={"stranger": 200, **SIGNED_IN_ALREADY}, why="says that one is invited"),
    "account_reauthenticate": page(get=403, why="for people with a password; these have none"),
    "account_change_password": page(get=302, why="leads to setting one: these people have none yet"),
    "account_set_password": page(),
    "account_reset_password": public(),
    "account_reset_password_done": public(),
    "account_reset_password_from_key": public("reset", why="says that the link no longer works"),
    "account_reset_password_from_key_done": public(),
    # second factor
    "mfa_index": page(),
    "mfa_authenticate": public(get=302, why="a step of signing in; otherwise leads to the sign-in"),
    "mfa_reauthenticate": page(get=403, why="for people with a factor; these have none"),
    "mfa_activate_totp": page(),
    "mfa_deactivate_totp": page(get=404, why="no factor to turn off"),
    "mfa_view_recovery_codes": page(get=404, why="no codes made"),
    "mfa_generate_recovery_codes": page(),
    "mfa_download_recovery_codes": page(get=404, why="no codes made"),
    "mfa_list_webauthn": page(),
    "mfa_add_webauthn": page(),
    "mfa_reauthenticate_webauthn": page(get=403, why="for people with a key; these have none"),
    "mfa_remove_webauthn": page("key", get=404, why="no key of one's own"),
    "mfa_edit_webauthn": page("key", get=404, why="no key of one's own"),
    "mfa_login_webauthn": public(get=SIGNED_IN_ALREADY, why="the challenge for a passkey"),
    # the admin's own
    "admin:index": page(who=SET_UP),
    "admin:login": page(who=frozenset(), why="leads strangers to our own sign-in"),
    "admin:logout": post(who=SET_UP),
    "admin:autocomplete": page(who=frozenset(), why="no table offers it"),
    "admin:jsi18n": page(who=SET_UP),
    "admin:app_list": page("admin app", SET_UP),
    "unnamed admin/(?P<url>.*)$": page("admin nothing", frozenset()),
}
PARTS["admin app"] = lambda side: ["teams"]
PARTS["admin nothing"] = lambda side: ["nothing/here"]
