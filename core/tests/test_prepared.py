"""Query sets compiled once: the same rows as Django's own way, for any keys, and nothing of one person for another."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.transaction import TransactionManagementError

from core import prepared
from core.arrays import Among
from core.prepared import MOST, Prepared
from leads.models import Lead
from teams.models import Membership, User
from tests.factories import leads as factories

pytestmark = pytest.mark.django_db


class TestRows:
    def test_are_models_with_what_was_selected(self, nora, omar, north, django_assert_num_queries):
        seats = Prepared(lambda person: Membership.objects.filter(user=person).select_related("team"))
        assert [seat.user_id for seat in seats.rows(nora.pk)] == [nora.pk]
        with django_assert_num_queries(1):
            assert [(seat.user_id, seat.team) for seat in seats.rows(omar.pk)] == [(omar.pk, north)]
        assert seats.rows(0) == []

    def test_are_values_or_tuples_where_the_query_set_says_so(self, nora, omar):
        named = Prepared(lambda *keys: User.objects.filter(pk__in=keys[0]).order_by("pk").values("name"))
        flat = Prepared(lambda keys: User.objects.filter(Among("pk", keys)).order_by("-pk").values_list("name", flat=True))
        assert named.rows((nora.pk, omar.pk)) == [{"name": nora.name}, {"name": omar.name}]
        assert flat.rows([nora.pk, omar.pk]) == [omar.name, nora.name] and flat.rows([omar.pk]) == [omar.name] and flat.rows([]) == []

    def test_are_read_anew_each_time(self, nora):
        names = Prepared(lambda key: User.objects.filter(pk=key))
        first = names.first(nora.pk)
        User.objects.filter(pk=nora.pk).update(name="Nora Berg")
        second = names.first(nora.pk)
        assert (first.name, second.name) == ("Nora Bakke", "Nora Berg") and first is not second
        second.name = "Else"
        assert names.first(nora.pk).name == "Nora Berg" and names.first(0) is None

    def test_of_moments_are_those_of_the_moment_asked_for(self, nora, at):
        for hours in range(3):
            factories.lead(f"Lead {hours}", owner=nora, at=at + timedelta(hours=hours))
        since = Prepared(lambda moment: Lead.objects.filter(captured_at__gt=moment))
        assert [len(since.rows(at + timedelta(minutes=30 + 60 * n))) for n in (-1, 0, 1, 2)] == [3, 2, 1, 0]

    def test_of_texts_are_those_that_hold_just_this(self, nora, omar):
        named = Prepared(lambda *keys: User.objects.filter(name=keys[0], pk__gte=keys[1]))
        assert named.rows(nora.name, 0) == [nora] and named.rows(omar.name, 0) == [omar]
        assert named.rows("", 0) == named.rows("100 %s'", 0) == named.rows(nora.name, omar.pk + nora.pk) == []

    def test_follow_named_values(self, nora, omar):
        ordered = Prepared(lambda *, by: User.objects.order_by(by).values_list("pk", flat=True))
        assert ordered.rows(by="pk") == ordered.rows(by="-pk")[::-1] == [nora.pk, omar.pk]


class TestCompiling:
    def test_happens_once_for_any_keys(self, nora, omar, monkeypatch):
        monkeypatch.setattr(prepared, "is_checked", False)
        built = []
        people = Prepared(lambda *keys: built.append(keys) or User.objects.filter(pk__in=keys))
        for keys in ((nora.pk, omar.pk), (omar.pk, nora.pk), (1, 2)):
            people.rows(*keys)
        assert len(built) == 1 and len(people.rows(omar.pk)) == 1 and len(built) == 2

    def test_of_what_can_never_be_met_asks_nothing(self, nora, django_assert_num_queries):
        nobody = Prepared(lambda keys: User.objects.filter(pk__in=keys))
        with django_assert_num_queries(0):
            assert nobody.rows(()) == []
        assert len(nobody.rows((nora.pk,))) == 1

    def test_does_not_keep_more_than_its_most(self, nora):
        people = Prepared(lambda key, *, n: User.objects.filter(pk=key))
        assert all(people.rows(nora.pk, n=n) for n in range(MOST + 3)) and len(people._kept) == MOST

    def test_refuses_a_key_that_would_be_written_into_the_sql(self, nora):
        literal = Prepared(lambda key: User.objects.annotate(one=RawSQL(f"{key}", [])))
        with pytest.raises(ValueError, match="written into the SQL"):
            literal.rows(nora.pk)

    def test_refuses_a_text_that_is_not_compared_as_it_is(self, nora):
        part = Prepared(lambda text: User.objects.filter(name__contains=text))
        with pytest.raises(ValueError, match="not compared as it is"):
            part.rows("Nora")

    def test_refuses_what_reads_further_rows(self, nora):
        with pytest.raises(ValueError, match="further queries"):
            Prepared(lambda key: User.objects.filter(pk=key).prefetch_related("memberships")).rows(nora.pk)

    def test_that_hangs_on_a_key_is_found_by_the_check(self, nora, omar):
        """A condition chosen by what a key is would be kept for every other key."""
        chosen = Prepared(lambda key: User.objects.filter(pk=key) if key == nora.pk else User.objects.filter(Q(pk=key) | Q(name="")))
        with pytest.raises(AssertionError, match="otherwise than Django"):
            chosen.rows(nora.pk)


@pytest.mark.django_db(transaction=True)
def test_locks_only_within_a_transaction(nora):
    held = Prepared(lambda key: User.objects.select_for_update().filter(pk=key))
    with transaction.atomic():
        assert held.first(nora.pk) == nora
    with pytest.raises(TransactionManagementError):
        held.first(nora.pk)
    assert not connection.in_atomic_block
