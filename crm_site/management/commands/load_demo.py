"""Load the demo company «Fjord & Finch» by the product's own verbs; done once, harmless twice."""

from django.core.management.base import BaseCommand

from core import clock
from core.locks import only_one
from crm_site.demo import loading


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        with only_one("load_demo") as mine:
            if not mine:
                self.stdout.write("The demo data are being loaded already.")
                return
            told = loading.load(at=clock.now())
        self.stdout.write(f"{told} demo leads." if told else "The demo data are there already.")
