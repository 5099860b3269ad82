"""The documents keep up with the code."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_lists_every_environment_variable_in_the_readme() -> None:
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "config/settings.py").read_text()))

    table = set(re.findall(r"`([A-Z_]+)`", (ROOT / "README.md").read_text()))

    assert read - table == set()
