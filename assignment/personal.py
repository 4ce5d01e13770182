"""Decisions repeat the facts they were made by."""

from assignment.models import AssignmentRule, ClockStep, Decision, Offer, QualificationRule, RuleList, RuleVersion
from core.personal_data import clear, no_personal_data, register
from leads.personal import of_leads

register(Decision, columns=["values", "details"], find=of_leads(Decision), blank=clear(values={}, details={}),
         impersonal=["outcome", "reason"])
register(Offer, columns=["said"], find=of_leads(Offer), blank=clear(said=""), impersonal=["answer"])
register(ClockStep, columns=[], find=of_leads(ClockStep), blank=lambda rows: 0, impersonal=["kind"])
no_personal_data(QualificationRule, AssignmentRule, RuleList, RuleVersion, why="set-up of the organisation")
