"""Compiles what Lambda unpacks, for exactly its runtime: without, every cold start compiles anew.

Lambda's folders are read-only and their times are not those of the sources, so the bytecode is of
the kind that Python never checks against them (PEP 552, unchecked hash).
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_WHICH = "import sys; print(sys.implementation.name, *sys.version_info[:4])"


def compile_for(runtime: str, folder: Path, *, unpacked_at: str) -> bool:
    """Put bytecode beside every module in the folder; False where no such Python is here.

    unpacked_at: where Lambda puts the folder, for tracebacks.
    """
    python = interpreter(runtime)
    if python is None:
        return False
    subprocess.run(  # noqa: S603 - every argument is ours
        [
            *(python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *("-s", str(folder), "-p", unpacked_at, str(folder)),
        ],
        # The order of a set's elements is part of the bytecode.
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=True,
    )
    return True


@cache
def interpreter(runtime: str) -> str | None:
    """A final CPython of the version of this runtime, such as python3.13, or None."""
    wanted = ["cpython", *runtime.removeprefix("python").split(".")]
    for candidate in _candidates(runtime):
        name, major, minor, _, level = _ask(candidate)
        if [name, major, minor] == wanted and level == "final":
            return candidate
    return None


def _candidates(runtime: str) -> Iterator[str]:
    yield sys.executable
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield str(Path(folder) / runtime)
    version = runtime.removeprefix("python")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    uv = Path.home() / ".local" / "share" / "uv" / "python"
    for root, pattern in ((pyenv / "versions", version), (uv, f"cpython-{version}")):
        yield from (str(path / "bin" / runtime) for path in sorted(root.glob(f"{pattern}.*")))


def _ask(candidate: str) -> list[str]:
    unknown = ["", "", "", "", ""]
    if not os.access(candidate, os.X_OK):
        return unknown
    ran = subprocess.run(  # noqa: S603 - it is on the path as this version of Python
        [candidate, "-I", "-c", _WHICH], capture_output=True, text=True, check=False
    )
    return ran.stdout.split() if ran.returncode == 0 else unknown
