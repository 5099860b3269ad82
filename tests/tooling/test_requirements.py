"""The environment files and what they promise."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)


def pins(requirement_set: str) -> set[tuple[str, str]]:
    return set(PIN.findall((ROOT / "requirements" / f"{requirement_set}.txt").read_text()))


def test_holds_development_to_the_pins_of_base() -> None:
    assert pins("base") <= pins("dev")


@pytest.mark.parametrize("requirement_set", ["base", "dev"])
def test_names_no_registry_in_the_pinned_files(requirement_set: str) -> None:
    text = (ROOT / "requirements" / f"{requirement_set}.txt").read_text()

    assert "://" not in text
    assert "--index-url" not in text


def test_shows_every_setting_in_the_example_file() -> None:
    settings = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r"""env\.\w+\(\s*"([A-Z_]+)\"""", settings))

    shown = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert shown == read
