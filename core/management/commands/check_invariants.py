"""Check what must never be; exit code 1 when something was found."""

import json
import sys

from django.core.management.base import BaseCommand

from core import invariants


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args, **options):
        run = invariants.run()
        if options["json"]:
            report = {"ok": not run.findings, "checks": invariants.names(), "findings": run.findings, "seconds": run.seconds}
            self.stdout.write(json.dumps(report, default=str))
        elif not run.findings:
            self.stdout.write(f"Nothing found by {len(invariants.names())} checks.")
        else:
            for finding in run.findings:
                self.stdout.write(json.dumps(finding, default=str))
        sys.exit(1 if run.findings else 0)
