"""What this machine offers the tests: Chromium, PostgreSQL, Redis; installed first where that is allowed."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


@dataclass(frozen=True)
class Capability:
    """One thing some tests need."""

    name: str
    variable: str  # the environment variable that tells the tests where it is
    packages: tuple[str, ...]  # Debian's names

    def find(self) -> str | None:
        """Where it is on this machine: a program's path, or a folder of programs."""
        return FINDERS[self.name]()


def find_chromium() -> str | None:
    named = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    return named or (str(CHROMIUM_ON_MACOS) if CHROMIUM_ON_MACOS.exists() else None)


def find_postgresql() -> str | None:
    """The folder with initdb and postgres; Debian keeps it off PATH, one per version."""
    if initdb := shutil.which("initdb"):
        return str(Path(initdb).resolve().parent)
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return next((str(path.parent) for path in sorted(debian, key=_major_version, reverse=True)), None)


def _major_version(initdb: Path) -> int:
    version = initdb.parts[-3]
    return int(version) if version.isdigit() else 0


def find_redis() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


CHROMIUM = Capability("Chromium", "CHROMIUM_PATH", ("chromium", "fonts-dejavu-core"))
POSTGRESQL = Capability("PostgreSQL", "TEST_POSTGRES_URL", ("postgresql",))
REDIS = Capability("Redis", "TEST_REDIS_URL", ("redis-server",))
CAPABILITIES = (CHROMIUM, POSTGRESQL, REDIS)
FINDERS = {"Chromium": find_chromium, "PostgreSQL": find_postgresql, "Redis": find_redis}


def install(missing: list[Capability]) -> dict[str, str]:
    """Install what is missing with apt-get where that needs no password; return why not, by name, for the rest."""
    if os.environ.get("SYSTEM_PACKAGES") == "0":
        return dict.fromkeys(
            (each.name for each in missing), "not installed, and SYSTEM_PACKAGES=0 forbids installing it"
        )
    apt = apt_command()
    if apt is None:
        return {each.name: f"not installed; {_by_hand(each)}" for each in missing}
    _run([*apt, "-qq", "update"])
    return {each.name: reason for each in missing if (reason := _install_one(each, apt))}


def apt_command() -> list[str] | None:
    """How to call apt-get as root without a password, if that is possible here."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if shutil.which("sudo") and _run(["sudo", "-n", "true"]):
        return ["sudo", "-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    return None


def _install_one(capability: Capability, apt: list[str]) -> str | None:
    print(f"Installing {' '.join(capability.packages)} for the tests.", flush=True)
    options = ["-qq", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"]
    if _run([*apt, *options, "install", *capability.packages]) and capability.find():
        return None
    return f"apt-get could not install {' '.join(capability.packages)}"


def _by_hand(capability: Capability) -> str:
    return f"install it ({' '.join(capability.packages)} on Debian) or set {capability.variable}"


def _run(command: list[str]) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False)
    return done.returncode == 0
