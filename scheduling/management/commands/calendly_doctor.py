"""`manage.py calendly_doctor`: is everything between Calendly and us well? Exit code 0 yes, 1 a warning, 2 broken."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from scheduling.models import Connection
from scheduling.queries import connections
from scheduling.services import doctor

MARKS = {doctor.Health.OK: "ok", doctor.Health.WARNING: "warning", doctor.Health.BROKEN: "BROKEN"}


class Command(BaseCommand):
    help = "Check token, permissions, subscription, reachability and a signed round trip of every connection."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON object on standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = {connection: list(doctor.examine(connection)) for connection in self.connections()}
        health = doctor.worst([finding for findings in found.values() for finding in findings])
        if not found:
            health = doctor.Health.BROKEN
        if options["json"]:
            self.stdout.write(json.dumps({"health": MARKS[health].lower(), "connections": _plain(found)}))
        else:
            self.write(found)
        if health.value:
            raise SystemExit(health.value)

    def connections(self) -> list[Connection]:
        rows = connections.listed()
        live = [row for row in rows if row.state != Connection.State.DISCONNECTED]
        return live or rows[:1]

    def write(self, found: dict[Connection, list[doctor.Finding]]) -> None:
        if not found:
            self.stdout.write("Calendly is not connected. Connect it under Settings, Calendly connection.")
        for connection, findings in found.items():
            self.stdout.write(f"{connection.name} <{connection.email}>, {connection.get_kind_display()}")
            for finding in findings:
                self.stdout.write(f"  {MARKS[finding.health]:<8} {finding.name}: {finding.told(_in_utc)}")


def _plain(found: dict[Connection, list[doctor.Finding]]) -> list[dict[str, Any]]:
    return [
        {
            "user": connection.user_uri,
            "findings": [
                {"name": f.name, "health": MARKS[f.health].lower(), "words": f.told(_in_utc), "mend": f.mend.value}
                for f in findings
            ],
        }
        for connection, findings in found.items()
    ]


def _in_utc(moment: datetime) -> str:
    """A terminal is in no viewer's zone."""
    return f"{moment.astimezone(UTC):%a %d %b %Y, %H:%M} UTC"
