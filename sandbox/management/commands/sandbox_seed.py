"""`manage.py sandbox_seed`: make the sandbox's world."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from sandbox import world
from sandbox.models import Organization


class Command(BaseCommand):
    help = "Replace the sandbox's world by a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--world", choices=sorted(world.WORLDS), default="demo")
        parser.add_argument("--if-empty", action="store_true", help="Keep the world there is.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["if_empty"] and Organization.objects.exists()):
            world.seed(options["world"])
