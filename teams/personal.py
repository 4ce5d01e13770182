"""People who work here are colleagues, not leads or customers: nothing in these tables is about a stranger."""

from core.personal_data import no_personal_data
from teams.models import Holiday, Membership, ResponseGoal, SalesTeam, SignInTry, Territory, User, WorkingDay

no_personal_data(User, why="a colleague's account, kept while what they did is kept; they leave by is_active")
no_personal_data(SalesTeam, Membership, Territory, WorkingDay, Holiday, ResponseGoal, why="set-up of the organisation")
no_personal_data(SignInTry, why="a keyed hash of an account, deleted after fifteen minutes")
