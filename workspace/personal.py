"""The desk keeps no lead's or customer's data: only how colleagues like their lists."""

from core.personal_data import no_personal_data
from workspace.models import ListColumns, PinnedView, SavedView

no_personal_data(SavedView, ListColumns, PinnedView, why="a colleague's own name, filters and columns of a list")
