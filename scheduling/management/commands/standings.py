"""`manage.py standings`: compare the notes of where candidates and links stand with what they are notes of."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from scheduling.services import standings


class Command(BaseCommand):
    help = "Check, or repair, the noted states and search words that lists filter by."

    def add_arguments(self, parser: ArgumentParser) -> None:
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--check", action="store_true", help="only count; exits 1 when any is wrong")
        way.add_argument("--repair", action="store_true", help="correct what is wrong, and derive what is due")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            wrong = standings.wrong_notes(timezone.now())
            if wrong:
                raise CommandError(f"{wrong} notes are wrong; --repair corrects them.")
            self.stdout.write("Every note is right.")
            return
        due = 0
        while found := standings.refresh_due(now=timezone.now()):
            due += found
        self.stdout.write(f"{due} were due, {standings.repair()} were wrong; now every note is right.")
