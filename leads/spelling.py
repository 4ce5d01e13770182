"""The words leads are searched by, and words people may have meant: those most like a mistyped one (decision 37)."""

from datetime import date

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.cache import cache
from django.db import connection, models

AT_ONCE = 20_000  # leads read in one turn
LEAST_LETTERS, MOST_LETTERS = 4, 40
NEAREST = 5
_LEARN = """
    INSERT INTO leads_searchword (word, seen_on)
    SELECT DISTINCT word, %(today)s::date FROM leads_lead AS lead, regexp_split_to_table(lead.search, '[^[:alpha:]]+') AS word
    WHERE lead.id > %(after)s AND lead.id <= %(upto)s AND length(word) BETWEEN %(least)s AND %(most)s
    ON CONFLICT (word) DO UPDATE SET seen_on = EXCLUDED.seen_on WHERE leads_searchword.seen_on < EXCLUDED.seen_on
"""
_NEAR = """
    SELECT asked.word, near.word FROM unnest(%s::text[]) WITH ORDINALITY AS asked(word, n) CROSS JOIN LATERAL (
        SELECT word, similarity(word, asked.word) AS alike FROM leads_searchword WHERE word %% asked.word AND word <> asked.word
        ORDER BY alike DESC, word LIMIT %s
    ) AS near ORDER BY asked.n, near.alike DESC, near.word
"""


class SearchText(models.Model):
    """A lead's folded words once more, with the index that finds parts of them. Only the triggers on Lead write here.

    The index stands beside the leads' own table because of what it costs there: whatever changes about a lead (its
    owner, score or clock), each index of the table takes in the row anew, and this one all its groups of three letters.
    """

    lead = models.OneToOneField(
        "leads.Lead", models.DO_NOTHING, primary_key=True, related_name="words", db_constraint=False, editable=False
    )
    text = models.TextField()

    class Meta:
        indexes = [GinIndex(OpClass("text", "gin_trgm_ops"), name="leads_search")]


KEPT_BY = [
    pgtrigger.Trigger(
        name="words_arrive", level=pgtrigger.Statement, when=pgtrigger.After, operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="arrived"),
        func="INSERT INTO leads_searchtext (lead_id, text) SELECT id, search FROM arrived; RETURN NULL;",
    ),
    pgtrigger.Trigger(
        name="words_change", level=pgtrigger.Row, when=pgtrigger.After, operation=pgtrigger.UpdateOf("search"),
        condition=pgtrigger.AnyChange("search"),
        func="UPDATE leads_searchtext SET text = NEW.search WHERE lead_id = NEW.id; RETURN NULL;",
    ),
    pgtrigger.Trigger(
        name="words_leave", level=pgtrigger.Statement, when=pgtrigger.After, operation=pgtrigger.Delete,
        referencing=pgtrigger.Referencing(old="gone"),
        func="DELETE FROM leads_searchtext USING gone WHERE lead_id = gone.id; RETURN NULL;",
    ),
]  # fmt: skip


class SearchWord(models.Model):
    """One folded word that stands in some lead; `seen_on` is the day it was last met."""

    word = models.CharField(max_length=MOST_LETTERS, primary_key=True)
    seen_on = models.DateField()

    class Meta:
        indexes = [GinIndex(OpClass("word", "gin_trgm_ops"), name="search_words")]


def learn(today: date) -> int:
    """Read the next leads and keep their words; each day all are read anew, and words no lead has any more are forgotten.

    Where the day's reading stands is kept in the cache: when that is lost, it begins again, which changes nothing.
    """
    key = f"words-learned:{today:%Y%m%d}"
    after = cache.get(key, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id), count(*) FROM (SELECT id FROM leads_lead WHERE id > %s ORDER BY id LIMIT %s) AS next", [after, AT_ONCE])
        upto, number = cursor.fetchone()
        if not number:
            if cache.add(f"{key}:forgotten", 1, 2 * 86_400):
                SearchWord.objects.filter(seen_on__lt=today).delete()
            return 0
        cursor.execute(_LEARN, {"today": today, "after": after, "upto": upto, "least": LEAST_LETTERS, "most": MOST_LETTERS})
    cache.set(key, upto, 2 * 86_400)
    return number


def near(words: list[str]) -> dict[str, list[str]]:
    """Return for each word those most like it, the likest first; none for short ones, of which too many are alike. One query."""
    found: dict[str, list[str]] = {word: [] for word in words}
    asked = [word for word in found if LEAST_LETTERS <= len(word) <= MOST_LETTERS and word.isalpha()]
    if not asked:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, [asked, NEAREST])
        for word, near in cursor.fetchall():
            found[word].append(near)
    return found
