"""Values come back from the database as they were written."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.arrays import Among, numbers_array, plain_array, texts_array
from core.models import Tag

pytestmark = pytest.mark.django_db
MOMENTS = st.integers(-(2**41), 2**41).map(lambda thousandths: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=thousandths))
TEXTS = st.lists(st.one_of(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), st.sampled_from(['"', "\\", "\x1e", "NULL", "", "{}", ","])))


def back(array: str, kind: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [array])
        return cursor.fetchone()[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=TEXTS)
def test_texts_of_any_signs(values, db):
    assert back(texts_array(values), "text") == values


@given(values=st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62))))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_and_gaps(values, db):
    assert back(numbers_array(values), "bigint") == values


@given(values=st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62))))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_plain_values_are_written_as_numbers_are(values, db):
    assert back(plain_array(values), "bigint") == back(numbers_array(values), "bigint") == values


@given(values=st.lists(st.one_of(st.none(), MOMENTS)))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_moments_and_gaps(values, db):
    assert back(plain_array([*values, *values]), "timestamptz") == [*values, *values]


def test_among_finds_the_same_as_a_list_and_composes():
    tags = [Tag.objects.create(name=name) for name in "abcd"]
    keys = [tags[0].pk, tags[2].pk, 10**12]
    assert set(Tag.objects.filter(Among("pk", keys))) == {tags[0], tags[2]}
    assert list(Tag.objects.filter(~Among("pk", keys), name__gt="b")) == [tags[3]]
    assert not Tag.objects.filter(Among("pk", [])).exists()
