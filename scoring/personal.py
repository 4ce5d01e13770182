"""Scores and snapshots repeat a lead's facts."""

from core.personal_data import clear, no_personal_data, register
from leads.personal import of_leads
from opportunities.personal import of_opportunities
from scoring.models import (
    DealScore,
    HandScore,
    Regrading,
    Score,
    ScoringModel,
    Snapshot,
    TeamLimits,
    Training,
    TrainingPart,
    UnusedField,
)

register(DealScore, columns=["fields", "facts", "reasons"], find=of_opportunities(DealScore), blank=clear(fields={}, facts={}, reasons={}))
register(Score, columns=["reasons"], find=of_leads(Score), blank=clear(reasons={}))
register(Snapshot, columns=["fields"], find=of_leads(Snapshot), blank=clear(fields={}))
register(HandScore, columns=["why"], find=of_leads(HandScore), blank=clear(why=""))
no_personal_data(TeamLimits, why="set-up of a team")
no_personal_data(Regrading, why="what changed for whole teams")
no_personal_data(UnusedField, why="the name of a field")
no_personal_data(ScoringModel, why="weights of words many leads share")
no_personal_data(Training, why="a run of learning")
no_personal_data(TrainingPart, why="weights of words many leads share, until the run ends")
