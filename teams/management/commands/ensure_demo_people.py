"""./crm manage ensure_demo_people: the demo company's people, before the first page is shown."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from teams import demo_people


class Command(BaseCommand):
    help = "Make the people of the demo company where they are missing. Only in demo mode."

    def handle(self, **options) -> None:
        if not settings.DEMO:
            raise CommandError("Demo people sign in with one click, so they are only made in demo mode (CRM_DEMO=1).")
        people = demo_people.ensure()
        self.stdout.write(f"{len(people)} demo people are there.")
