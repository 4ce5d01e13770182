"""Why a merge is refused; pages show the sentence."""

from typing import Any

from django.utils.translation import gettext as _


class MergeRefused(Exception):
    """The merge did not happen; `words` says why, to a person."""

    @property
    def words(self) -> str:
        return str(self)


class NothingToMerge(MergeRefused):
    """Fewer than two different records."""

    @property
    def words(self) -> str:
        return _("A record can't be merged with itself. Choose at least two.")


class MergedMeanwhile(MergeRefused):
    """One of them was merged into another by somebody else."""

    def __init__(self, record: Any, into: Any):
        self.record, self.into = record, into
        super().__init__(record.pk)

    @property
    def words(self) -> str:
        return _("%(name)s was merged into another record meanwhile.") % {"name": self.record}


class EditedMeanwhile(MergeRefused):
    """A fact that was chosen from reads otherwise by now."""

    @property
    def words(self) -> str:
        return _("Somebody changed one of these meanwhile. Look at the facts again, then merge.")


class CantBeMerged(MergeRefused):
    """One of them is past merging; the message is the sentence itself."""
