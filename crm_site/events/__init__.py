"""One stream of hints for each browser (decision 38): what changed, never the data; pages ask again with their own rights.

Answered before Django, so that an open stream costs no thread and no database connection. Only people who are signed in
get one; it ends with their session, and with its process. Where it can't be had, pages ask by themselves now and then.
"""

from crm_site.events.stream import with_events

__all__ = ["with_events"]
