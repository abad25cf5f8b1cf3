"""Run the tests of what meets moto's inside against both ends of the range in pyproject.toml.

uv run python tests/moto_versions.py

Each end gets an environment of its own in a temporary folder. Exits 1 where tests fail.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1]
# What these tests need beside the extra; moto's own server brings Flask with more than they need.
NEEDED = (
    *("flask", "flask-cors", "hypothesis", "jsonschema[format]"),
    *("pytest", "pytest-xdist", "requests"),
)
TESTS = (
    "tests/ivs_emulator",
    "tests/ivskit_local/dev/test_wire.py",
    "tests/ivskit_local/dev/test_wire_effects.py",
    "tests/ivskit_local/dev/test_wire_refusals.py",
    "tests/ivskit_local/runtime",
    "tests/ivs_emulator/test_pytest_plugin.py",
)
# It synthesizes the whole application, which is another subject, and needs Node.
LEFT_OUT = "tests/ivskit_local/runtime/test_world.py"


def main() -> int:
    """Say the version and pytest's summary of each end; 1 when a test fails."""
    failed = [version for version in ends() if not passes(version)]
    for version in failed:
        print(f"Tests fail with {version}.", file=sys.stderr)
    return int(bool(failed))


def ends() -> Iterator[str]:
    """The oldest version of the range, and the newest that the project's date lets be had."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    (said,) = (one for one in project["optional-dependencies"]["local"] if one.startswith("moto"))
    (bounds,) = re.findall(r">=([0-9.]+),<([0-9.]+)", said)
    yield f"moto=={bounds[0]}"
    yield f"moto<{bounds[1]}"


def passes(version: str) -> bool:
    """Whether the tests pass with this version of moto."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        uv("venv", "--quiet", "--python", sys.executable, folder)
        uv("pip", "install", "--quiet", "--python", str(python), "-e", ".[local]", *NEEDED, version)
        print(installed(python), flush=True)
        pytest = (str(python), "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider")
        ran = subprocess.run(
            [*pytest, *TESTS, f"--ignore={LEFT_OUT}"],
            cwd=PROJECT,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
    return ran.returncode == 0


def installed(python: Path) -> str:
    asked = "import importlib.metadata as m; print('moto', m.version('moto'))"
    said = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True)
    return said.stdout.strip()


def uv(*arguments: str) -> None:
    """Run uv as the project does, with its settings."""
    subprocess.run(["uv", *arguments], cwd=PROJECT, check=True)  # noqa: S607 - whichever is used here


if __name__ == "__main__":
    sys.exit(main())
