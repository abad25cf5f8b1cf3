"""Node with the packages of package.json, which are installed once per machine."""

import fcntl
import hashlib
import subprocess
import tomllib

import pytest

from tests.contracts.modules import BIN, HERE, Node
from tests.worlds import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# What the packages need in turn is as new as the Python packages are; no lock file pins either.
_DAY = PROJECT["tool"]["uv"]["exclude-newer"]
_INSTALL = ("--silent", "--no-audit", "--no-fund", "--no-package-lock", f"--before={_DAY}")


@pytest.fixture(scope="session")
def node() -> Node:
    pinned = (HERE / "package.json").read_text()
    name = hashlib.sha256(f"{pinned}{_INSTALL}".encode()).hexdigest()[:16]
    folder = ROOT / ".cache" / "npm" / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        if not (folder / "installed").exists():
            (folder / "package.json").write_text(pinned)
            subprocess.run([BIN / "npm", "install", *_INSTALL], cwd=folder, check=True)
            (folder / "installed").touch()
    return Node(folder)
