"""./crm manage add_person EMAIL --role ROLE --team NAME --password-stdin"""

import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from core import clock
from core.audit import note
from teams import invitations, people
from teams.models import Role, SalesTeam, User


class Command(BaseCommand):
    help = "Add somebody who signs in, or change the role, teams or password of somebody who is there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--role", choices=Role.values, metavar="ROLE", help=f"one of {', '.join(Role.values)} (rep)")
        parser.add_argument("--team", action="append", metavar="NAME", help="their team; again for a second one")
        parser.add_argument("--name", metavar="NAME", help="how colleagues see them")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    @transaction.atomic
    def handle(self, *, email: str, role: str | None, team: list[str] | None, name: str | None, **options) -> None:
        email = email.strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        teams = self.teams(team, role)
        person = User.objects.filter(email__iexact=email).first()
        added = person is None
        if added:
            person = User.objects.create_user(email, None, name=name or "", role=role or Role.REP, invited_at=clock.now())
        else:
            self.change(person, role, name)
        if teams or added:
            people.put_into(person, teams)
        note("added" if added else "changed by command", target=f"person {person.pk}", role=person.role)
        has_password = self.set_password(person, options["password_stdin"])
        self.stdout.write(f"{'Added' if added else 'Changed'} {person.email}, {person.role}.")
        if added and not has_password:
            self.stdout.write(f"To choose a password: {invitations.link_for(person)}")

    def teams(self, names: list[str] | None, role: str | None) -> list[SalesTeam]:
        """Find the named teams, or the default one for a sales rep or manager."""
        if not names:
            return [] if role in {Role.OPS, Role.ADMINISTRATOR} else list(SalesTeam.objects.filter(is_default=True))
        found = {each.name: each for each in SalesTeam.objects.order_by("name")}
        missing = [each for each in names if each not in found]
        if missing:
            raise CommandError(f"There is no team {', '.join(map(repr, missing))}. Teams are: {', '.join(found) or 'none'}.")
        return [found[each] for each in names]

    def change(self, person: User, role: str | None, name: str | None) -> None:
        if name:
            person.name = name
            person.save(update_fields=["name"])
        try:
            people.reactivate(person)
            people.change_role(person, role or person.role)
        except people.LastAdministrator:
            raise CommandError(f"{person.email} is the only administrator. Add another one first.") from None
        person.refresh_from_db()

    def set_password(self, person: User, from_stdin: bool) -> bool:
        if not from_stdin:
            return person.has_usable_password()
        password = sys.stdin.readline().rstrip("\r\n")
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise CommandError("The password was refused: " + " ".join(error.messages)) from None
        person.set_password(password)
        person.save(update_fields=["password"])
        return True
