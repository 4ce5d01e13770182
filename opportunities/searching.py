"""Deals found by words of their own name and of their customer's, however accented, however many deals there are."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connections, models
from django.db.models import F, Q, QuerySet

from leads.lists import sought, stands_by_index


class DealSearch(models.Model):
    """The folded words a deal is found by, kept by triggers when one of its names changes; the database deletes them along with it.

    A table of its own, so that a deal that moves writes nothing into the index of words.
    """

    opportunity = models.OneToOneField("opportunities.Opportunity", models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False)
    search = models.TextField()

    class Meta:
        indexes = [GinIndex(OpClass(F("search"), "gin_trgm_ops"), name="deal_search")]


def search(deals: QuerySet, text: str) -> QuerySet:
    """Find each word anywhere in the names of a deal, its company and its contact; accents and case don't matter."""
    return deals.filter(pk__in=DealSearch.objects.filter(sought(text, holds)).values("opportunity"))


def holds(word: str) -> Q:
    """Return what finds a word or a part of one."""
    return stands_by_index("search", word)


def write_words_again(rows: QuerySet[DealSearch]) -> int:
    """Write the words of some deals as their names are now."""
    keys = list(rows.values_list("pk", flat=True))
    with connections[rows.db].cursor() as cursor:
        cursor.execute("SELECT opportunities_keep_words(%s)", [keys])
    return len(keys)
