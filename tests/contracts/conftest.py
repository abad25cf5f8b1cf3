"""Node with the packages of package.json, which are installed once per machine."""

import fcntl
import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.modules import Run
from tests.worlds import ROOT

PACKAGES = Path(__file__).with_name("package.json")
BIN = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# What the packages need in turn is as new as the Python packages are; no lock file pins either.
_DAY = PROJECT["tool"]["uv"]["exclude-newer"]
_INSTALL = ("--silent", "--no-audit", "--no-fund", "--no-package-lock", f"--before={_DAY}")


@pytest.fixture(scope="session")
def packages() -> Path:
    """A folder in which Node finds the packages."""
    pinned = PACKAGES.read_text()
    name = hashlib.sha256(f"{pinned}{_INSTALL}".encode()).hexdigest()[:16]
    folder = ROOT / ".cache" / "npm" / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        if not (folder / "installed").exists():
            (folder / "package.json").write_text(pinned)
            subprocess.run([BIN / "npm", "install", *_INSTALL], cwd=folder, check=True)
            (folder / "installed").touch()
    return folder


@pytest.fixture(scope="session")
def run(packages: Path) -> Run:
    """Runs a module of this folder under Node and gives what it prints, as JSON."""

    def run_it(name: str, *arguments: str) -> Any:
        done = subprocess.run(
            [BIN / "node", "--input-type=module", "-", *arguments],
            # A module from standard input finds the packages of the folder it is started in.
            cwd=packages,
            input=Path(__file__).with_name(name).read_text(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run_it
