"""Bring the demo's two databases up to date and fill an empty sandbox.

All in one process: every further start of Django would cost the demo a second.
"""

import os

import django
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("migrate", "sandbox", database="sandbox", interactive=False, verbosity=0)
    call_command("sandbox_seed", if_empty=True)


if __name__ == "__main__":
    main()
