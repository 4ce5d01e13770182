"""From which score on leads are hot and warm: proposed per team at each promotion, or fixed by hand (decision 31).

About the top tenth of a team's open leads is hot and the next three tenths are warm, but nobody below the base rate is. A team
follows the proposals until somebody sets other limits; from then on they are only told.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Case, CharField, Count, Value, When

from leads import warmth
from leads.bulk import Batch
from leads.models import Lead
from scoring.models import ScoringModel, TeamLimits
from teams.models import SalesTeam

HOT, WARM = 0.1, 0.4  # shares of the open leads at or above a limit
TOO_MANY = 2.0  # times the share, where many leads have the same score
LEAST = 30  # scored open leads from which their shares say something
TOGETHER = 500


def proposed(counts: Mapping[int, int], *, base: int) -> tuple[int, int]:
    """Return (hot, warm) limits for leads counted by score; `base` is the base rate in points."""
    warm = min(max(_limit(counts, WARM), base, 1), 100)
    return min(max(_limit(counts, HOT), warm), 100), warm


def _limit(counts: Mapping[int, int], share: float) -> int:
    """Return the score that about this share of the leads reach; one above all where every score is too frequent."""
    total, reached = sum(counts.values()), 0
    found = [(1.0, max(counts, default=0) + 1)]
    for score in sorted(counts, reverse=True):
        reached += counts[score]
        if reached <= TOO_MANY * share * total:
            found.append((abs(reached / total - share), score))
    return min(found)[1] if len(found) > 1 else found[0][1]


@transaction.atomic
def propose(model: ScoringModel, *, at: datetime) -> int:
    """Propose every team its limits by the scores this model gave; those that follow get them. Returns how many did."""
    base = round(100 * model.won_count / model.closed_count) if model.closed_count else 0
    counts: dict[int, Counter] = defaultdict(Counter)
    rows = (
        Lead.objects.open().filter(score__isnull=False).order_by().values_list("team", "score").annotate(n=Count("pk"))
    )
    for team, score, n in rows:
        counts[team][score] = n
    changed = 0
    for team in SalesTeam.objects.select_for_update(no_key=True).order_by("pk"):
        if counts[team.pk].total() < LEAST:
            continue
        limits = of(team)
        limits.hot_from, limits.warm_from = proposed(counts[team.pk], base=base)
        limits.proposed_at = at
        limits.save()
        changed += limits.follows and _take(team, limits)
    return changed


def of(team: SalesTeam) -> TeamLimits:
    """Return what is known of a team's limits, kept from now on; other ones than were proposed are somebody's own."""
    limits = shown(team, TeamLimits.objects.filter(team=team).first())
    if limits.pk is None:
        limits, _made = TeamLimits.objects.get_or_create(
            team=team,
            defaults={
                name: getattr(limits, name)
                for name in ("hot_from", "warm_from", "follows", "in_force_hot", "in_force_warm")
            },
        )
    elif not limits.follows:
        TeamLimits.objects.filter(pk=limits.pk, follows=True).update(follows=False)
    return limits


def shown(team: SalesTeam, limits: TeamLimits | None) -> TeamLimits:
    """Return a team's limits as they stand now; writes nothing."""
    if limits is None:
        usual = {name: SalesTeam._meta.get_field(name).default for name in ("hot_from", "warm_from")}
        limits = TeamLimits(team=team, **usual, in_force_hot=team.hot_from, in_force_warm=team.warm_from)
    if (team.hot_from, team.warm_from) != (limits.hot_from, limits.warm_from):
        limits.follows = False
    return limits


def _take(team: SalesTeam, limits: TeamLimits) -> bool:
    if (team.hot_from, team.warm_from) == (limits.hot_from, limits.warm_from):
        return False
    team.hot_from, team.warm_from = limits.hot_from, limits.warm_from
    team.save(update_fields=["hot_from", "warm_from"])
    return True


@transaction.atomic
def follow(team: SalesTeam) -> bool:
    """Let a team's limits follow the proposals again, from the last one on; False when none was ever made."""
    limits = of(team)
    if limits.proposed_at is None:
        return False
    TeamLimits.objects.filter(pk=limits.pk).update(follows=True)
    _take(team, limits)
    return True


def sweep(*, at: datetime, limit: int = 20_000) -> int:
    """Give leads the temperature that their team's limits mean by now; returns how many changed. Three queries when none did."""
    if not ScoringModel.objects.filter(question="lead", active_since__isnull=False).exists():
        return 0  # until something was learnt the ideal customer says how warm a lead is
    done = 0
    known = {limits.team_id: limits for limits in TeamLimits.objects.all()}
    for team in SalesTeam.objects.order_by("pk"):
        limits = known.get(team.pk) or of(team)
        if (team.hot_from, team.warm_from) == (limits.in_force_hot, limits.in_force_warm):
            continue
        done += _warm_anew(team, at=at, limit=limit - done)
        if done >= limit:
            break
        TeamLimits.objects.filter(pk=limits.pk).update(in_force_hot=team.hot_from, in_force_warm=team.warm_from)
    return done


def _warm_anew(team: SalesTeam, *, at: datetime, limit: int) -> int:
    """In batches of their own transactions. Not a line in any story: it is not the lead that changed."""
    means = Case(
        When(score__gte=team.hot_from, then=Value("hot")), When(score__gte=team.warm_from, then=Value("warm")), default=Value("cold"),
        output_field=CharField(),
    )  # fmt: skip
    wrong = (
        Lead.objects.open().filter(team=team, scored_at__isnull=False, score__isnull=False).exclude(temperature=means)
    )
    done = last = 0
    while done < limit:
        with transaction.atomic():
            rows = (
                wrong.filter(pk__gt=last).order_by("pk").select_for_update(no_key=True, skip_locked=True, of=("self",))
            )
            leads = list(rows[:TOGETHER])
            batch = Batch(at=at)
            for lead in leads:
                lead.team = team
                batch.change(lead, **warmth.columns(lead, lead.score, at=at))
            batch.flush()
        if not leads:
            break
        done, last = done + len(leads), leads[-1].pk
    return done
