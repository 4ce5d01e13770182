"""How a lead's refusals and stored codes are said to people."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import reasons
from leads.exceptions import (
    AddressTaken,
    ChangedMeanwhile,
    LeadNotOpen,
    LeadRefusal,
    NoteNeeded,
    NothingSaid,
    NotRestorable,
)

ENDED = {
    "converted": _("This lead is converted already."),
    "disqualified": _("This lead is disqualified already."),
    "archived": _("This lead is archived already."),
    "merged": _("This lead was merged into another one."),
}
REFUSALS = {
    AddressTaken: _("Another open lead has the same e-mail or phone by now, so this one can't be open too."),
    NotRestorable: _("A converted or merged lead can't be restored; take the conversion back instead."),
    NoteNeeded: _("This reason asks for a note."),
    NothingSaid: _("A lead needs a name, an e-mail, a phone or a company."),
}

reasons.register({"by_hand": _("%(name)s chose."), "by_merge": _("%(name)s merged it with another lead.")})


def refusal(error: LeadRefusal) -> str:
    """Return the sentence that tells a person why it did not happen."""
    if isinstance(error, ChangedMeanwhile):
        if error.fields == ("owner",):
            owner = error.lead.owner
            return gettext("%(name)s has this lead by now.") % {"name": owner} if owner else gettext("This lead went back to the pool meanwhile.")
        return gettext("Somebody changed this meanwhile. Here is how it stands now.")
    if isinstance(error, LeadNotOpen):
        return str(ENDED.get(error.lead.status, _("This lead is no longer open.")))
    return str(REFUSALS.get(type(error), _("That can't be done with this lead.")))
