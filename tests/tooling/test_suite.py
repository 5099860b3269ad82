"""`make test`: what is skipped stays visible, and one status sums up both runs."""

import json
from pathlib import Path

import pytest

from scripts import machine, suite

pytest_plugins = ["pytester"]

NEEDS_REDIS = """
def test_uses_redis(redis_url):
    assert redis_url

def test_needs_nothing():
    pass
"""
# In this very process, so without the plugins that cannot be in it twice.
OPTIONS = ("-p", "tests.requirements", "-p", "no:django", "-p", "no:playwright", "-p", "no:cacheprovider")


@pytest.fixture
def without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_REDIS_URL", raising=False)
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    monkeypatch.setenv("TEST_REDIS_URL_MISSING", "no wheels")


@pytest.mark.usefixtures("without_redis")
def test_lists_what_the_machine_lacks_at_the_end(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOTALS_FILE", str(pytester.path / "totals"))
    pytester.makepyfile(NEEDS_REDIS)

    result = pytester.runpytest_inprocess(*OPTIONS)

    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*not tested on this machine*", "Redis (no wheels): tests skipped: 1*"])
    totals = json.loads((pytester.path / "totals").read_text())
    assert totals["missing"] == {"Redis (no wheels)": 1}
    assert totals["counts"]["passed"] == 1


@pytest.mark.usefixtures("without_redis")
def test_fails_for_what_the_machine_lacks_when_all_is_required(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_ALL", "1")
    monkeypatch.delenv("TOTALS_FILE", raising=False)
    pytester.makepyfile(NEEDS_REDIS)

    pytester.runpytest_inprocess(*OPTIONS).assert_outcomes(passed=1, errors=1)


def test_sums_up_both_runs_in_the_last_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    totals = tmp_path / "totals"
    runs = [
        {"counts": {"passed": 10, "failed": 1, "skipped": 2}, "missing": {"Chromium (none)": 2}},
        {"counts": {"passed": 5, "failed": 0, "skipped": 0}, "missing": {}},
    ]
    totals.write_text("".join(json.dumps(run) + "\n" for run in runs))

    suite.report(totals, seconds=12.345)

    lines = capsys.readouterr().out.strip().splitlines()
    assert "  Chromium (none): tests skipped: 2" in lines
    assert lines[-1] == "1 failed, 15 passed, 2 skipped in 12.35s"


@pytest.mark.parametrize(
    ("statuses", "is_partial", "status"),
    [
        ([0, 0], False, 0),
        ([0, 1], False, 1),
        ([0, 5], False, 5),
        ([0, 5], True, 0),
        ([5, 1], True, 1),
        ([5, 5], True, 5),
    ],
)
def test_gives_one_status_for_both_runs(statuses: list[int], is_partial: bool, status: int) -> None:
    assert suite.overall(statuses, is_partial=is_partial) == status


def test_installs_nothing_where_that_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEM_PACKAGES", "0")

    assert machine.install([machine.REDIS]) == {"Redis": "not installed, and SYSTEM_PACKAGES=0 forbids installing it"}


def test_says_what_to_install_where_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYSTEM_PACKAGES", raising=False)
    monkeypatch.setattr(machine, "apt_command", lambda: None)

    reasons = machine.install([machine.REDIS])

    assert reasons == {"Redis": "not installed; install it (redis-server on Debian) or set TEST_REDIS_URL"}
