"""News for a person: something happened that they should know. Stored as a code with values, worded when shown.

    notices.register("lead_assigned", _("A lead is assigned to you"), "user-round-plus", words=…)
    notices.notify(nora, "lead_assigned", about=lead, key=f"lead_assigned:{event.pk}", at=at, by=omar)

`notify` is called by verbs, in their transaction. What one did oneself is no news, and the same key never comes twice.
Many at once become one digest for each person and kind:

    with notices.gathered(f"change:{change.pk}"):
        for lead in leads:
            lead.assign_to(nora, at=at, by=omar)
"""

from core.notices.kinds import Kind, register
from core.notices.verbs import gathered, muted, notify

__all__ = ["Kind", "gathered", "muted", "notify", "register"]
