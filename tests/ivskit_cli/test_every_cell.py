"""Each command on each kind of channel, whatever streams there, typed with --wait.

Every cell ends in an act or in a refusal that names its reason; none is silent.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

from ivskit_local.runtime.synth import Templates, synthesize
from tests.ivskit_cli.stages import MANAGED, SECONDS, Stage, stage
from tests.worlds import ROOT

KINDS: Mapping[str, Mapping[str, str]] = {
    "managed": MANAGED,
    "untagged": {},
    "observe": {**MANAGED, "ivskit:mode": "observe"},
    "paused": MANAGED,
    "held": {**MANAGED, "ivskit:hold-until": "2027-01-01T00:00:00Z"},
}
STREAMS = ("live", "offline", "blocked")
LINES = {
    "stop": "ivskit stop {channel} --wait",
    "block": "ivskit block {channel} --wait",
    "unblock": "ivskit unblock {channel} --wait",
    "rotate": "ivskit rotate {channel} --wait",
    "revoke": "ivskit revoke {channel} jane --wait",
    "push": "ivskit push {channel} -m hello --wait",
    "cancel": "ivskit cancel {job} --wait",
    "resume": "ivskit resume {job} --wait",
}
# What is refused or not done, and why; every other cell is done.
HELD_BACK = {"observe": "observing only", "paused": "paused since"}
NOT_DONE = {
    ("stop", "blocked"): "the channel is blocked, and has no key any more",
    ("stop", "offline"): "the channel is not live",
    ("unblock", "live"): "the channel is not blocked",
    ("unblock", "offline"): "the channel is not blocked",
    ("rotate", "live"): "live",
    ("rotate", "blocked"): "blocked",
    ("push", "offline"): "the channel is not live",
    ("push", "blocked"): "the channel is not live",
}
OF_JOBS = ("cancel", "resume")


@pytest.fixture(scope="module")
def templates() -> Templates:
    return synthesize(ROOT)


@contextmanager
def channels_of(
    templates: Templates, capsys: pytest.CaptureFixture[str], *kinds: str
) -> Iterator[Stage]:
    """A channel of each of these kinds and each stream."""
    named = {f"{kind}-{stream}": KINDS[kind] for kind, stream in product(kinds, STREAMS)}
    with stage(templates, capsys, named) as there:
        for channel in named:
            if channel.endswith("-blocked"):
                there.type(f"ivskit block {channel} --force")
        there.world.run_for(40 * SECONDS)
        for channel in named:
            if channel.endswith("-live"):
                there.go_live(channel)
        there.world.run_for(60 * SECONDS)
        yield there


def expected(command: str, channel: str) -> str | None:
    """Why it is not done, or None where it is."""
    kind, stream = channel.split("-")
    if command in OF_JOBS:
        # A person's say about a job counts wherever the job could begin.
        return None
    return HELD_BACK.get(kind) or NOT_DONE.get((command, stream))


def line_for(there: Stage, command: str, channel: str, file: Path) -> str:
    """What is typed; a job that can be cancelled or resumed is begun first."""
    if command not in OF_JOBS:
        return LINES[command].format(channel=channel)
    file.write_text("\n".join(f"viewer-{number}" for number in range(500)))
    begun = there.type(f"ivskit revoke {channel} --viewers-in {file} --yes --force")
    job = begun.out.splitlines()[0].removesuffix(".").rpartition(" ")[2]
    there.world.run_for(3 * SECONDS)
    if command == "resume":
        assert there.type(f"ivskit cancel {job} --wait --force").code == 0
    return LINES[command].format(job=job)


@pytest.mark.parametrize("command", LINES)
@pytest.mark.parametrize("paused", [False, True], ids=["acting", "paused"])
def test_no_cell_is_silent(
    templates: Templates,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    command: str,
    paused: bool,
) -> None:
    kinds = ["paused"] if paused else [kind for kind in KINDS if kind != "paused"]
    with channels_of(templates, capsys, *kinds) as there:
        if paused:
            assert there.type("ivskit pause --commands-too").code == 0
            there.world.run_for(31 * SECONDS)
        for channel in there.run.arns:
            answer = there.type(line_for(there, command, channel, tmp_path / "ids"))
            why = expected(command, channel)
            lines = answer.out.splitlines()[1:]

            assert "No outcome" not in answer.out, (channel, answer)
            assert any(re.search(r": (done|refused|not done), \S", each) for each in lines), channel
            assert answer.code == (0 if why is None else 1), (channel, answer)
            assert why is None or why in answer.out, (channel, answer)
