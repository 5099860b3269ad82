"""Every check of the code that is not a test, side by side; prints what failed and exits 1 when anything did."""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PACKAGES = ("benchmarks", "candidates", "config", "sandbox", "scheduling", "scripts", "tests")
TEMPLATES = sorted(
    str(path.relative_to(ROOT))
    for top in ("templates", "candidates", "scheduling", "sandbox")
    for path in (ROOT / top).rglob("*.html")
)


def checks() -> dict[str, list[str]]:
    """Each check's command by its name; the slowest first, so that the others run beside it."""
    manage = [sys.executable, "manage.py"]
    return {
        "types": [f"{BIN}/mypy", *PACKAGES],
        "imports": [f"{BIN}/lint-imports"],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "system checks": [*manage, "check", "--fail-level", "WARNING"],
        "templates": [f"{BIN}/djlint", "--lint", "--quiet", *TEMPLATES],
        "template style": [f"{BIN}/djade", "--check", "--target-version", "5.2", *TEMPLATES],
        "code": [f"{BIN}/ruff", "check", "."],
        "code style": [f"{BIN}/ruff", "format", "--check", "."],
    }


def main() -> int:
    # Two at a time: mypy fills one core for most of the run.
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = pool.map(run, *zip(*checks().items(), strict=True))
        return 0 if all(list(results)) else 1


def run(name: str, command: Sequence[str]) -> bool:
    """Run one check, tell how it went, and whether it passed."""
    environment = os.environ | {"SITE_URL": "http://localhost:8000", "DEBUG": "True", "CALENDLY_SANDBOX": "True"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    passed = done.returncode == 0
    print(f"{'ok    ' if passed else 'FAILED'}  {name}", flush=True)
    if not passed:
        print(done.stdout + done.stderr, flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main())
