"""Deploy the app to MiniStack, and put events and commands through the deployed functions.

uv run python -m tests.independent_engine

MiniStack shares no code with our local runtime. Exits 1 where something does not hold, and leaves
neither a process nor a file behind.
"""

import json
import os
import re
import runpy
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import NoReturn

from ivskit.redaction import redact
from tests.independent_engine import ivs, ministack
from tests.independent_engine.deployment import Deployment, synthesize
from tests.independent_engine.gaps import GAPS, Gap
from tests.independent_engine.ministack import PROJECT
from tests.independent_engine.outcomes import Outcomes
from tests.independent_engine.sequence import first, second
from tests.independent_engine.steps import Failed, Steps
from tests.independent_engine.stories import Stage

LAST_LINES = 10
WRONG = re.compile('"level":"(ERROR|WARNING)"| ERROR |Error:')


def main() -> int:
    """Print the steps, the gaps of MiniStack, and whether all holds."""
    signal.signal(signal.SIGTERM, _stop)
    # No AWS setting of this shell counts.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    steps = Steps()
    try:
        with tempfile.TemporaryDirectory(prefix="independent-engine-") as folder:
            changed = _explained(Path(folder), steps)
    except Failed as failed:
        print(f"FAILED  {failed}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    print(f"{steps.total():7.1f} s  in all\n\nWhat MiniStack lacks:")
    for gap in GAPS:
        print(f"- {gap.what}\n    {gap.instead}{_count(changed.get(gap))}")
    return 0


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _explained(folder: Path, steps: Steps) -> dict[Gap, int]:
    try:
        return _run(folder, steps)
    except Exception:
        for log in sorted(folder.glob("*.log")):
            for line in _last_errors(log):
                print(line, file=sys.stderr)
        raise


def _last_errors(log: Path) -> list[str]:
    lines = log.read_text(errors="replace").splitlines()
    wrong = [line for line in lines if WRONG.search(line)]
    return [f"{log.name}: {redact(_shortened(line))}" for line in wrong[-LAST_LINES:]]


def _shortened(line: str) -> str:
    """What a function's line says is wrong, or another line as it is."""
    try:
        said = json.loads(line)
        return f"{said['service']}: {said['message']}: {said['error']}"
    except (KeyError, TypeError, ValueError):
        return line


def _run(folder: Path, steps: Steps) -> dict[Gap, int]:
    """Do everything in this folder; how many resources each gap changed."""
    runtime, python = _runtime()
    version = ministack.VERSION
    print(f"MiniStack {version} with roles enforced, functions on {runtime}", flush=True)
    with steps.step("install MiniStack"):
        command = ministack.install(folder, python)
    with steps.step("synthesize with all assets"):
        made = synthesize(folder, runtime)
    with ExitStack() as running:
        emulator = running.enter_context(ivs.running(folder))
        with steps.step("start MiniStack"):
            starting = ministack.running(command, folder, ivs_url=emulator.url)
            engine = running.enter_context(starting)
        emulator.roles.enforce(engine)
        stage = Stage(engine, emulator, Outcomes(engine, emulator))
        deployment = Deployment(engine, made)
        kept = first(stage, deployment, steps)
        second(stage, Deployment(engine, made, "-again"), steps, kept)
        return deployment.changed


def _runtime() -> tuple[str, str]:
    """The runtime of cdk.json and its Python, or those that run this where it is not here."""
    wanted = json.loads((PROJECT / "cdk.json").read_text())["context"]["ivskit"]["runtime"]
    # By its path: the package would start the CDK in this process as well.
    interpreter = runpy.run_path(str(PROJECT / "stacks/bytecode.py"))["interpreter"]
    python = interpreter(wanted)
    if python is not None:
        return wanted, python
    return f"python3.{sys.version_info.minor}", sys.executable


def _count(resources: int | None) -> str:
    return "" if resources is None else f" ({resources} resources)"


if __name__ == "__main__":
    sys.exit(main())
