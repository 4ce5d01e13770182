"""Remove the demo records with all that hangs on them; people and set-up stay."""

from django.core.management.base import BaseCommand

from crm_site.demo import removing


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        for what, count in removing.remove(by=None).items():
            self.stdout.write(f"{count} {what} removed.")
