"""An opportunity that is read, locked and shown by one query: the verb that moves it and who draws its card read it no more."""

from core.prepared import Prepared
from opportunities.models import Opportunity
from teams.models import User
from teams.visibility import Sight

_HELD = Prepared(
    lambda *keys, role: Opportunity.objects.visible_to(Sight.of(*keys[:-1], role=role)).filter(pk=keys[-1])
    .select_for_update(no_key=True, of=("self",)).for_cards()
)  # fmt: skip


def get_held(pk: int, user: User) -> Opportunity:
    """Return one this person may see, locked until the transaction ends, with what its card shows. Raises DoesNotExist."""
    found = _HELD.first(*user.sight_keys, pk, role=user.role)
    if found is None:
        raise Opportunity.DoesNotExist
    found.is_held = True
    return found
