"""How soon a million viewers are out, and for how long a good one is.

The function runs as deployed, in virtual time, against the emulator, with calls that take their
time. Tokens are judged by the emulator, which verifies their signatures as IVS does.

uv run python benchmarks/playback_keys.py [tokens]
"""

import random
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.results import recorded
from ivs_emulator import playback
from ivs_emulator.channels import add_channel
from ivskit import quotas
from ivskit.commands import RotatePlaybackKey
from ivskit.token_issuer import TokenIssuer
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World

ROOT = Path(__file__).parents[1]
START = datetime(2026, 11, 20, 18, tzinfo=UTC)
VIEWERS = 1_000_000
CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
FUNCTION = "rotate_playback_key"
REFRESH, RETRY, MINUTE = timedelta(minutes=5), timedelta(seconds=5), timedelta(minutes=1)


@dataclass(frozen=True)
class Run:
    """The numbers of one emergency: seconds, and counts."""

    cut: float
    refused: int
    out: Sequence[float]
    calls: int


def main(tokens: int = 2_000) -> int:
    """Print a row for each way that it may go; 1 when a goal is missed."""
    missed = 0
    print(HEADER)
    for what, seconds, dies in (
        ("calls of 30 ms", 0.030, None),
        ("calls of 300 ms", 0.300, None),
        ("the function dies before it deletes", 0.030, "DeletePlaybackKeyPair"),
        ("the function dies before it imports", 0.030, "ImportPlaybackKeyPair"),
    ):
        run = emergency(tokens, seconds, dies)
        in_time = run.cut < MINUTE.total_seconds() or dies == "DeletePlaybackKeyPair"
        well = in_time and run.refused == tokens and max(run.out) <= REFRESH.total_seconds()
        missed += not well
        print(_line(what, run, tokens, "met" if well else "missed"), flush=True)
    rate = quotas.RATES["BatchStartViewerSessionRevocation"] * quotas.VIEWER_SESSIONS_PER_BATCH
    hours = VIEWERS / rate / 3600
    print(f"| revoking them, {rate} a second | {hours:.1f} hours | | | | |")
    return int(missed > 0)


def emergency(tokens: int, seconds: float, dies: str | None) -> Run:
    """Void a sample of a million tokens, while good viewers ask for new ones as they always do."""
    dice = random.Random(7)
    with World(synthesize(ROOT), project_root=ROOT, start=START) as world:
        add_channel(world.ivs, CHANNEL, {}, name="show", authorized=True)
        world.gate.round_trip = lambda service, operation: timedelta(
            seconds=min(dice.lognormvariate(0, 0.35), 3) * seconds
        )
        _send(world, "first")
        world.run_for(10 * MINUTE)
        issuer = TokenIssuer(world.client("secretsmanager"))
        sample = dice.sample(range(VIEWERS), tokens)
        issued = [_token(issuer, f"viewer-{number}", world.now) for number in sample]
        if not all(_plays(world, token) for token in issued):
            raise AssertionError("a good token is refused")
        if dies is not None:
            world.gate.kill(function=FUNCTION, call=dies, when="before")
        began = world.now
        _send(world, "now", emergency=True)
        out = _good_viewers(world, issuer, began, dice)
        cut = [call.at for call in world.ivs.calls if call.operation == "DeletePlaybackKeyPair"]
        made = [call for call in world.ivs.calls if call.at >= began]
        return Run(
            cut=(max(cut) - began).total_seconds(),
            refused=sum(not _plays(world, token) for token in issued),
            out=out,
            calls=len(made),
        )


def _send(world: World, command_id: str, **detail: Any) -> None:
    command = RotatePlaybackKey.issue(command_id=command_id, issued_at=world.now, **detail)
    entry = {
        "version": "0",
        "id": command_id,
        "source": "ivskit.command",
        "detail-type": command.detail_type,
        "time": world.now.isoformat(),
        "resources": [],
        "account": "123456789012",
        "region": "us-west-2",
        "detail": command.model_dump(mode="json", exclude_defaults=True),
    }
    world.deliver(entry)


def _token(issuer: TokenIssuer, viewer: str, now: datetime) -> str:
    return issuer.issue(channel_arn=CHANNEL, viewer_id=viewer, now=now)


def _plays(world: World, token: str) -> bool:
    return playback.judge(world.ivs, playback.Viewing(token=token), world.now).allowed


def _good_viewers(
    world: World, issuer: TokenIssuer, began: datetime, dice: random.Random
) -> Sequence[float]:
    """For how long each of 300 is out, who gets a new token when its own is five minutes old.

    A refused one asks again, for which the application reads the pair anew.
    """
    due = sorted((began + dice.random() * REFRESH, f"good-{number}") for number in range(300))
    out = []
    while due:
        at, viewer = due.pop(0)
        world.run_for(max(at - world.now, timedelta()))
        token = _token(issuer, viewer, world.now)
        if not _plays(world, token):
            issuer.forget()
            token = _token(issuer, viewer, world.now)
        if _plays(world, token):
            out.append((at - began).total_seconds())
        else:
            due = sorted([*due, (at + RETRY, viewer)])
    return out


HEADER = """\
| what happens | everybody is out after | tokens refused | good viewers out, p50 | at most | goals |
|---|---|---|---|---|---|"""


def _line(what: str, run: Run, tokens: int, goal: str) -> str:
    return (
        f"| {what} | {run.cut:.1f} s | {run.refused:,} of {tokens:,}"
        f" | {statistics.median(run.out):.0f} s | {max(run.out):.0f} s | {goal} |"
    )


ABOUT = """
`uv run python benchmarks/playback_keys.py` deploys the function into virtual time, signs a sample
of a million viewers' tokens, sends Rotate Playback Key with `emergency`, and has the emulator
verify each token. 300 good viewers meanwhile renew their tokens as they always do, every five
minutes at a moment of their own, at an application that signs with `TokenIssuer` and reads the pair
anew when a token is refused. The number of viewers does not matter: a pair is deleted in one call.
Goals: everybody out within a minute, and no good viewer out for longer than the five minutes
between its tokens. A function that dies before it deletes is retried by SQS after three minutes,
which no goal is set for. Playback that has begun goes on, as IVS documents: what is judged is who
may begin.
"""


if __name__ == "__main__":
    with recorded("An emergency of playback keys", ABOUT):
        status = main(*map(int, sys.argv[1:]))
    sys.exit(status)
