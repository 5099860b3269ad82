"""How long an import takes and what memory it needs, beside a bare `bulk_create` of the same candidates.

Run it with `.venv/bin/python -m benchmarks.import_candidates [rows]`. It uses a SQLite database of its own in a
temporary folder, or the empty PostgreSQL database that DATABASE_URL names, and exits 1 when the limits do not hold.
"""

import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable

ROWS = 10_000
LONGEST_S = 20
MOST_MB = 200


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(VAR_DIR=folder, DEBUG="True", CALENDLY_SANDBOX="False", LOG_LEVEL="WARNING")
        os.environ["SITE_URL"] = "http://localhost:8000"
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/benchmark.sqlite3")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        return measure(count)


def measure(count: int) -> int:
    # Django must know its database before anything of ours is imported.
    import django  # noqa: PLC0415

    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from candidates.models import Candidate, CandidateImport, Position  # noqa: PLC0415
    from scheduling.services import imports  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    alice = User.objects.create_user("alice@example.org", "alice@example.org")
    Position.objects.create(title="Engineer")
    bare_s = timed(
        lambda: Candidate.objects.bulk_create(
            [
                Candidate(name=f"Zoë Quill {n}", email=f"bare{n}@example.org", phone=f"+49 30 5550{n:05}", owner=alice)
                for n in range(count)
            ],
            batch_size=500,
        )
    )
    content = file_of(count)
    start_mb = peak_mb()
    rows: list[CandidateImport] = []
    look_s = timed(lambda: rows.append(imports.upload("people.csv", content, by=alice)))
    imports.start(rows[0])
    run_s = timed(lambda: imports.advance(rows[0].pk))
    most_mb = peak_mb()
    rows[0].refresh_from_db()
    imports.undo(rows[0], by=alice)
    undo_s = timed(lambda: imports.advance(rows[0].pk))

    print(f"{count:,} rows, {rows[0].created_count:,} added")
    print(f"bare bulk_create   {bare_s:6.2f} s")
    print(f"upload and preview {look_s:6.2f} s   {look_s / bare_s:5.1f} x")
    print(f"run                {run_s:6.2f} s   {run_s / bare_s:5.1f} x")
    print(f"undo               {undo_s:6.2f} s   {undo_s / bare_s:5.1f} x")
    print(f"peak memory of the process {most_mb:.0f} MB, {most_mb - start_mb:.0f} MB of it for preview and run")
    holds = rows[0].created_count == count and look_s + run_s < LONGEST_S and most_mb < MOST_MB
    print("within" if holds else "NOT within", f"{LONGEST_S} s and {MOST_MB} MB")
    return 0 if holds else 1


def file_of(count: int) -> bytes:
    """A semicolon list in the encoding of a Western Excel, every field filled in."""
    lines = ["First name;Last name;Email;Phone;Time zone;Position;Owner;Notes"]
    lines += [
        f"Zoë;Quill {n};zoe{n}@example.org;+49 30 5550{n:05};Europe/Berlin;Engineer;alice@example.org;Met at {n}"
        for n in range(count)
    ]
    return "\r\n".join(lines).encode("cp1252")


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def peak_mb() -> float:
    """The most this process has held so far, libraries included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
