"""What somebody does with a file that was read, in one word each."""

from collections.abc import Mapping

from capture.imports import running
from capture.models import ImportRun


def finish_with(run: ImportRun, outcomes: Mapping[str, str], *, at) -> None:
    """Say what its outcomes mean, look at it again, and let it run to its end."""
    run.options["outcomes"] = dict(outcomes)
    run.save()
    running.check_again(run)
    running.advance()
    run.refresh_from_db()
    running.start(run, at=at)
    running.advance()
    run.refresh_from_db()
