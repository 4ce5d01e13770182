"""The indexes of the table of leads: each serves an order or a filter of the list, or work that waits.

What the search asks has a table of its own (leads.spelling.SearchText): each of these takes in a lead anew whenever it changes.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

RANGES = (
    "assigned_at", "first_contacted_at", "temperature_at", "qualified_at", "mql_at", "sql_at", "occurred_at", "last_engaged_at",
    "come_back_at", "converted_at", "disqualified_at", "archived_at", "stars", "visits", "pages_viewed", "seconds_on_site",
    "emails_opened", "emails_clicked", "emails_replied", "company_size", "expected_revenue", "medium", "last_source", "last_medium",
    "last_campaign", "qualification",
)  # fmt: skip

INDEXES = [
    models.Index(fields=["owner", "-score", "-id"], name="open_leads_of_owner", condition=Q(is_open=True)),
    models.Index(fields=["team", "captured_at"], name="unassigned_leads_of_team", condition=Q(is_open=True, owner__isnull=True)),
    models.Index(F("score").desc(nulls_last=True), F("id").desc(), name="unassigned_leads_by_score",
                 condition=Q(is_open=True, owner__isnull=True)),
    models.Index(F("score").desc(nulls_last=True), F("id").desc(), name="open_leads_by_score", condition=Q(is_open=True)),
    models.Index(F("score").desc(nulls_last=True), F("id").desc(), name="ended_leads_by_score", condition=Q(is_open=False)),
    models.Index(F("temperature"), F("score").desc(nulls_last=True), F("id").desc(), name="open_leads_by_temperature", condition=Q(is_open=True)),
    # where in the table which moments and figures stand: small, and cheap to keep; for filters that match little
    BrinIndex(fields=RANGES, name="leads_ranges", pages_per_range=64, autosummarize=True),
    models.Index(fields=["scored_at"], name="engaged_leads_by_score_time", condition=Q(is_open=True, engagement__lt=3)),
    models.Index(fields=["owner", "team"], name="hot_leads", condition=Q(is_open=True, temperature="hot")),
    models.Index(fields=["-captured_at", "-id"], name="leads_newest_first"),
    # the lists' other orders, either way round (core.listing.Sort); what has no value comes behind them by its key
    models.Index(F("score").desc(nulls_last=True), F("id").desc(), name="leads_by_score"),
    models.Index(Lower("name"), F("id"), name="leads_by_name_shown"),
    models.Index(fields=["fit", "id"], name="leads_by_fit", condition=~Q(fit="")),
    models.Index(F("engagement").desc(nulls_last=True), F("id").desc(), name="leads_by_engagement", condition=Q(engagement__isnull=False)),
    models.Index(F("next_activity_at").desc(nulls_last=True), F("id").desc(), name="leads_by_next_activity",
                 condition=Q(next_activity_at__isnull=False)),
    models.Index(F("response_goal_at").desc(nulls_last=True), F("id").desc(), name="leads_by_response_goal"),
    models.Index(fields=["response_goal_at"], name="leads_waiting_for_reply",
                 condition=Q(is_open=True, first_contacted_at__isnull=True)),
    models.Index(fields=["first_contacted_by", "first_contacted_at"], name="first_replies_of_person",
                 condition=Q(first_contacted_by__isnull=False)),
    models.Index(fields=["qualify_due_at"], name="leads_to_qualify", condition=Q(qualify_due_at__isnull=False)),
    models.Index(fields=["qualify_stuck_at"], name="leads_stuck", condition=Q(qualify_stuck_at__isnull=False)),
    models.Index(fields=["email_key"], name="leads_by_email", condition=~Q(email_key="")),
    models.Index(fields=["phone_e164"], name="leads_by_phone", condition=~Q(phone_e164="")),
    models.Index(fields=["email_domain"], name="leads_by_domain", condition=~Q(email_domain="")),
    models.Index(fields=["company_key"], name="leads_by_company", condition=~Q(company_key="")),
    models.Index(fields=["name_key"], name="leads_by_name", condition=~Q(name_key="")),
    models.Index(fields=["created_by"], name="leads_brought_in_by", condition=Q(created_by__isnull=False)),
    models.Index(fields=["come_back_at"], name="leads_that_come_back", condition=Q(is_open=True, come_back_at__isnull=False)),
    # foreign keys that are mostly empty: an index entry only where there is a value
    models.Index(fields=["contact"], name="leads_of_contact", condition=Q(contact__isnull=False)),
    models.Index(fields=["company"], name="leads_of_company", condition=Q(company__isnull=False)),
    models.Index(fields=["merged_into"], name="leads_merged_into", condition=Q(merged_into__isnull=False)),
    models.Index(fields=["apart_from"], name="leads_apart_from", condition=Q(apart_from__isnull=False)),
]
