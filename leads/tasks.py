"""What the clock brings about leads; the beat says «sweep», the rows say what is due."""

from celery import shared_task

from core import clock
from core.locks import only_one
from core.notices.reminders import remind
from leads import spelling
from leads.mass import running
from leads.models import LeadActivity
from leads.notices import watch_replies


@shared_task(name="leads.watch")
def watch(**_) -> int:
    """Remind of activities and of first replies that are due; a second one at once does nothing."""
    with only_one("leads.watch") as mine:
        return watch_replies(at=clock.now()) + remind(LeadActivity, "lead", at=clock.now()) if mine else 0


@shared_task(name="leads.bulk_sweep_acts")
def bulk_sweep_acts(**_) -> int:
    """Let each act over many leads take its next chunks."""
    return running.advance()


@shared_task(name="leads.bulk_learn_words")
def bulk_learn_words(**_) -> int:
    """Keep the words of the next leads, for searches with a slip of the pen."""
    with only_one("leads.bulk_learn_words") as mine:
        return spelling.learn(clock.now().date()) if mine else 0
