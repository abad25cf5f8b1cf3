"""The functions of the last release, taken from the history, in worlds of this one.

Their library lies beside them under another name, since a process has one `ivskit`.
"""

import io
import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

from ivskit_local.runtime.functions import Function
from ivskit_local.runtime.sandboxes import Handler, Sandbox, Sandboxes
from tests.worlds import ROOT

COMMIT = "c2293a8"
LIBRARY = "ivskit_of_the_last_release"
_IMPORT = re.compile(r"^(\s*)(from|import) ivskit(?=[. ])", re.MULTILINE)


class NotInHistory(Exception):
    """This copy of the repository does not go back to the last release."""


def unpacked(folder: Path) -> Path:
    """The functions of the last release and their library, in this folder; raises NotInHistory."""
    archive = ["git", "-C", str(ROOT), "archive", "--format=tar", COMMIT, "functions"]
    packed = subprocess.run(archive, capture_output=True, check=False)
    if packed.returncode:
        raise NotInHistory(packed.stderr.decode())
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
        tar.extractall(folder, filter="data")
    functions = folder / "functions"
    (functions / "shared" / "python" / "ivskit").rename(functions / LIBRARY)
    for file in functions.rglob("*.py"):
        file.write_text(_IMPORT.sub(rf"\1\2 {LIBRARY}", file.read_text()))
    return functions


class Rollout(Sandboxes):
    """Runs each invocation by the release that is deployed for its function at the moment."""

    def __init__(self, this: Path, last: Path, *, is_last: Callable[[str], bool]) -> None:
        super().__init__(this)
        self._last = Sandboxes(last)
        self._is_last = is_last
        self._of_last: set[Sandbox] = set()

    def take(self, function: Function) -> tuple[Sandbox, Handler | None]:
        if not self._is_last(function.name):
            return super().take(function)
        sandbox, handler = self._last.take(function)
        self._of_last.add(sandbox)
        return sandbox, handler

    def keep(self, sandbox: Sandbox, handler: Handler) -> None:
        if sandbox in self._of_last:
            self._last.keep(sandbox, handler)
        else:
            super().keep(sandbox, handler)
