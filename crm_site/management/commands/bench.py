"""Measure the running bench tree; started by `./crm bench`, which sets the tree up under var/bench."""

import os
import sys
import traceback

from django.core.management.base import BaseCommand, CommandError

from crm_site.bench import filling, items, product
from crm_site.bench.measures import unit_ms
from crm_site.settling import settle


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("items", nargs="+", metavar="ITEM", help=", ".join(items.ITEMS))
        parser.add_argument("--leads", type=int, default=100_000)
        parser.add_argument("--json", action="store_true", help="one JSON object a line (the only form there is)")

    def handle(self, *args, **options):
        if os.environ.get("CRM_BENCH") != "1":
            raise CommandError(
                "This fills the database with made-up records. Start it with ./crm bench, which uses its own."
            )
        unknown = [name for name in options["items"] if name not in items.ITEMS]
        if unknown:
            raise CommandError(f"There is no item {unknown[0]!r}; there are {', '.join(items.ITEMS)}.")
        password = filling.new_password()
        filling.people(password)
        if added := filling.fill(options["leads"]):
            self.stderr.write(f"filled {added} leads and as many open opportunities")
        settle()
        bench = items.Bench(os.environ["CRM_PUBLIC_URL"], password, options["leads"])
        failed = False
        for name in options["items"]:
            if (rested := product.rest()) > product.PATIENCE_S:
                self.stderr.write(f"{name} is measured beside other work: the product found no rest in {rested:.0f} s")
            try:
                found = items.ITEMS[name](bench)
            except Exception as error:  # one item that breaks must not hide the others' figures
                traceback.print_exc(file=sys.stderr)
                found = {"n": options["leads"], "ok": 0, "error": f"{type(error).__name__}: {error}"[:300]}
            failed |= not found["ok"]
            self.stdout.write(items.line(name, found, unit_ms()))
            self.stdout.flush()
        sys.exit(1 if failed else 0)
