"""Conditions that name a tag, source, choice or field somebody deleted say what it was called, never its number."""

import pytest
from django.urls import reverse

from core import conditions
from core.conditions.builder import Builder
from core.models import CustomField, Tag
from leads.models import Source


@pytest.fixture
def delete(ada, client_of):
    """Delete a row of the set-up as an administrator does."""

    def delete(one):
        name = f"{one._meta.app_label}_{one._meta.model_name}"
        client_of(ada).post(reverse(f"admin:{name}_delete", args=[one.pk]), {"post": "yes"})
        assert not type(one).objects.filter(pk=one.pk).exists()

    return delete


def read(field, op, value):
    return conditions.book("lead").read({"field": field, "op": op, "value": value})


class TestWhatIsGone:
    def test_a_deleted_tag_keeps_its_name(self, delete):
        kept, gone = Tag.objects.create(name="Hot topic"), Tag.objects.create(name="Lyon fair")
        stored = {"field": "tags", "op": "is", "value": [kept.pk, gone.pk]}
        delete(gone)
        found = conditions.book("lead").read(stored)
        assert found.sentence == "Tag is Hot topic or “Lyon fair” (deleted)"
        assert [str(problem) for problem in found.problems_of_names()] == ["“Tag” names “Lyon fair”, which was deleted."]
        row = next(Builder(conditions.book("lead"), stored).rows())
        assert ("“Lyon fair” (deleted)", True) in [(words, chosen) for _value, words, chosen in row.options]

    def test_so_does_a_source(self, delete):
        fair = Source.objects.create(name="Fair of 2019")
        pk = fair.pk
        delete(fair)
        assert read("source", "is_not", pk).sentence == "Source is not “Fair of 2019” (deleted)"

    def test_without_a_name_no_number_is_said(self, db):
        found = read("tags", "is", 4711)
        assert found.sentence == "Tag is one that was deleted"
        assert [str(problem) for problem in found.problems_of_names()] == ["“Tag” names something that was deleted."]

    def test_a_choice_taken_off_the_list_reads_as_it_did(self, db):
        CustomField.objects.create(record="lead", key="plan", label="Plan", type="choice", choices=["small", "large"])
        found = read("custom.plan", "is", "gold")
        assert found.sentence == "Plan is gold"
        assert [str(problem) for problem in found.problems_of_names()] == ["“Plan” names “gold”, which was deleted."]

    @pytest.mark.parametrize("how", ["retired", "deleted"])
    def test_a_custom_field_keeps_its_label(self, delete, how):
        field = CustomField.objects.create(record="lead", key="budget", label="Yearly budget", type="number")
        if how == "deleted":
            delete(field)
        else:
            CustomField.objects.update(is_active=False)
        found = read("custom.budget", "gte", 50000)
        assert found.sentence == "Yearly budget at least 50000"
        assert [str(problem) for problem in found.problems] == ["There is no field “Yearly budget” any more."]
        builder = Builder(conditions.book("lead"), found.stored)
        row = next(builder.rows())
        assert row.groups[0] == ("No longer there", [("custom.budget", "Yearly budget", True)]) and not builder.is_valid()
        assert row.problem == "There is no field “Yearly budget” any more. Choose another one, or remove the condition."
