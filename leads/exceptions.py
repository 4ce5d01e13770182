"""Why a lead refuses what was asked of it; pages word these for people."""

from django.db import IntegrityError


class LeadRefusal(Exception):
    """A verb of a lead was refused; `lead` is the one that refused, as it stands now."""

    def __init__(self, lead, *args):
        self.lead = lead
        super().__init__(str(lead.pk), *args)


class LeadNotOpen(LeadRefusal):
    """It is converted, disqualified, archived or merged already."""


class ChangedMeanwhile(LeadRefusal):
    """Somebody else changed it since it was read; `fields` names what they changed, when that is known."""

    def __init__(self, lead, fields: tuple[str, ...] = ()):
        self.fields = tuple(fields)
        super().__init__(lead, *fields)


class AddressTaken(LeadRefusal):
    """Another open lead has the same e-mail, or the same name and phone."""


class NotRestorable(LeadRefusal):
    """Only what was archived or disqualified comes back; a conversion is taken back on its own."""


class NoteNeeded(LeadRefusal):
    """The chosen reason asks for a note."""


class NothingSaid(LeadRefusal):
    """An empty note, or facts that leave nothing to know the lead by."""


def constraint_of(error: IntegrityError) -> str:
    """Return the name of the constraint that a database error speaks of, or nothing."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""


TAKEN = frozenset({"one_open_lead_per_email", "one_open_lead_per_phone_and_name"})
