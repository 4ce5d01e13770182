"""Why an opportunity or a conversion refuses what was asked of it; pages word these for people."""


class OpportunityRefusal(Exception):
    """A verb of an opportunity was refused; `opportunity` is the one that refused, as it stands now."""

    def __init__(self, opportunity, *args):
        self.opportunity = opportunity
        super().__init__(str(opportunity.pk), *args)


class OpportunityClosed(OpportunityRefusal):
    """It is won or lost already."""


class OpportunityOpen(OpportunityRefusal):
    """There is nothing to reopen."""


class StageGone(OpportunityRefusal):
    """The stage was deleted or is no longer in use."""


class ChangedMeanwhile(OpportunityRefusal):
    """Somebody else moved or changed it since it was read; `by` is who, when that is known."""

    def __init__(self, opportunity, by=None):
        self.by = by
        super().__init__(opportunity)


class AmountTooLarge(OpportunityRefusal):
    """More than what is still open was to be closed, or an expected amount below what is closed already."""


class NoteNeeded(OpportunityRefusal):
    """The chosen reason asks for a note."""


class NothingSaid(OpportunityRefusal):
    """An empty note."""


class NoCustomer(Exception):
    """A conversion to a customer only, from a lead that names neither a person nor a company."""


class NoPipeline(Exception):
    """The team has no pipeline with a stage in use."""
