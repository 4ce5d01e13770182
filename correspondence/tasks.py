"""The beat says «sweep»; the rows say what is due."""

from celery import shared_task

from correspondence import outbox


@shared_task(name="correspondence.send_due_mail")
def send_due_mail(**_) -> int:
    return outbox.send_due_mail()
