"""The database knows the letters of every script, or similar names in it would not be found."""

import pytest
from django.db import connection


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["фирма", "größe", "株式会社", "شركة", "Ελλάδα"])
def test_trigrams_see_words_of_every_script(word):
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(show_trgm(%s)), similarity(%s, %s)", [word, word, word])
        assert cursor.fetchone() == (len(word) + 1, 1.0)
