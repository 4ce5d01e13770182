"""Who may do what, in one place. What one may not do answers like what does not exist (decision 27).

    @rights.requires("import")            a view: 404 for everybody else
    rights.may(user, "import")            anywhere; {{ user|may:"import" }} in a template
    register_nav(…, allowed=rights.allowed("import"))

Which records somebody sees is another question: teams.visibility.
"""

from collections.abc import Callable
from functools import partial, wraps

from django.http import Http404, HttpRequest

from teams.models import Role, User

REP, MANAGER, OPS, ADMINISTRATOR = Role.REP, Role.MANAGER, Role.OPS, Role.ADMINISTRATOR
EVERYBODY = frozenset(Role)

RIGHTS: dict[str, frozenset] = {
    "import": frozenset({MANAGER, OPS, ADMINISTRATOR}),
    "see all imports": frozenset({OPS, ADMINISTRATOR}),
    "see capture": frozenset({MANAGER, OPS, ADMINISTRATOR}),  # managers: of their teams; see capture.visibility (decision 26)
    "see operations": frozenset({OPS, ADMINISTRATOR}),
    "export": frozenset({MANAGER, OPS, ADMINISTRATOR}),
    "set up rules": frozenset({MANAGER, ADMINISTRATOR}),
    "set up teams": frozenset({MANAGER, ADMINISTRATOR}),
    "set up forms": frozenset({MANAGER, OPS, ADMINISTRATOR}),
    "hand out leads": frozenset({MANAGER, ADMINISTRATOR}),
    "invite": frozenset({ADMINISTRATOR}),  # people and roles (decision 26)
    "set up organisation": frozenset({ADMINISTRATOR}),
    "remove demo data": frozenset({ADMINISTRATOR}),
}

# The admin's tables: those a manager may change for the own teams, and those a manager only reads.
TEAM_TABLES = frozenset({
    "teams.salesteam", "teams.membership", "teams.territory", "opportunities.pipeline", "opportunities.stage", "capture.webform",
})  # fmt: skip
SHARED_TABLES = frozenset({
    "leads.source", "leads.medium", "leads.campaign", "leads.disqualifyreason", "opportunities.lostreason",
    "core.tag", "core.customfield", "core.exchangerate", "core.activitytype",
})  # fmt: skip
ADMINISTRATORS_TABLES = frozenset({"teams.user", "core.auditentry"})
TABLES = TEAM_TABLES | SHARED_TABLES | ADMINISTRATORS_TABLES


def may(user: User, right: str) -> bool:
    """Tell whether somebody has a right. Raises KeyError for a right nobody declared."""
    roles = RIGHTS[right]
    return bool(user.is_authenticated and user.is_active and user.role in roles)


def allowed(right: str) -> Callable[[User], bool]:
    RIGHTS[right]
    return partial(_has, right)


def _has(right: str, user: User) -> bool:
    return may(user, right)


def requires(right: str):
    """Decorate a view that is not there for those without the right."""
    RIGHTS[right]

    def decorator(view):
        @wraps(view)
        def wrapped(request: HttpRequest, *args, **kwargs):
            if not may(request.user, right):
                raise Http404
            return view(request, *args, **kwargs)

        return wrapped

    return decorator


def may_set_up(user: User, permission: str) -> bool:
    """Answer the admin's "app.action_model": set-up tables only, never records, whoever asks."""
    app, _, rest = permission.partition(".")
    action, _, model = rest.partition("_")
    table = f"{app}.{model}"
    if user.role == ADMINISTRATOR:
        return table in TABLES
    if user.role != MANAGER:
        return False
    return table in TEAM_TABLES or (table in SHARED_TABLES and action == "view")


def may_see_app(user: User, app: str) -> bool:
    return any(table.startswith(f"{app}.") and may_set_up(user, f"{app}.view_{table.partition('.')[2]}") for table in TABLES)


def manages_team(user: User, team_id: int | None) -> bool:
    """Tell whether somebody sets up this team. What belongs to no team belongs to all: whoever manages every team."""
    if user.role == ADMINISTRATOR:
        return True
    if user.role != MANAGER:
        return False
    return manages_every_team(user) if team_id is None else team_id in user.team_ids


def manages_every_team(user: User) -> bool:
    from teams.models import SalesTeam

    if user.role == ADMINISTRATOR:
        return True
    return user.role == MANAGER and not SalesTeam.objects.exclude(pk__in=user.team_ids).exists()
