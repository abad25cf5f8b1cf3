"""Whether the audience table takes the joins of a show, and whether all viewers are revoked after.

So many viewers join within a minute, each by a token that is signed and recorded in one call; then
the stream ends, and the functions as deployed revoke everybody, in virtual time.

uv run python benchmarks/audience.py [viewers]
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc.jwk import ECKey

import ivs_emulator
from ivskit import quotas
from ivskit.audience import Audience, partition_of
from ivskit.tokens import issue
from ivskit_local.replay import MANAGED
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World

ROOT = Path(__file__).parents[1]
START = datetime(2026, 11, 20, 18, tzinfo=UTC)
CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/AbCdef1G2hij"
# What a partition of a DynamoDB table takes.
WRITES_A_SECOND = 1_000
WANTED = {
    "policy": {"revoke": "after-stream"},
    "revocation": {"audience": True, "session_versions": "unix-seconds"},
}
TAGS = {**MANAGED, "ivskit:rotate": "never"}
BATCH = "BatchStartViewerSessionRevocation"


def main(viewers: int = quotas.CONCURRENT_VIEWS) -> int:
    """Print what was measured; 1 when a viewer is left."""
    ids = [f"viewer-{number:06}" for number in range(viewers)]
    key = ECKey.generate_key("P-384", private=True).as_pem(private=True).decode()
    most = max(Counter(partition_of(CHANNEL, each) for each in ids).values())
    print(
        f"{viewers:,} joins in a minute: {most / 60:.0f} writes a second in the fullest partition,"
        f" which takes {WRITES_A_SECOND:,}"
    )
    templates = synthesize(ROOT, overrides=WANTED)
    with World(templates, project_root=ROOT, start=START, throttling="sliding-window") as world:
        _go_live(world)
        _join(world, key, ids)
        world.run_for(timedelta(minutes=1))
        world.ivs.disconnect(CHANNEL)
        world.settle()
        return _report(world, ids)


def _go_live(world: World) -> None:
    started = json.loads((ROOT / "events/stream-state-change.stream-start.json").read_text())
    event = {**started, "resources": [CHANNEL], "time": START.isoformat()}
    ivs_emulator.bring_to(ivs_emulator.backend, event, tags=TAGS)


def _join(world: World, key: str, ids: Sequence[str]) -> None:
    table = world.client("ssm").get_parameter(Name="/ivskit/dev/audience")["Parameter"]["Value"]
    audience = Audience(world.client("dynamodb"), table=table)
    every = timedelta(seconds=60) / len(ids)
    for number, viewer in enumerate(ids):
        now = START + number * every
        issue(audience, key, channel_arn=CHANNEL, viewer_id=viewer, now=now)


def _report(world: World, ids: Sequence[str]) -> int:
    made = [call for call in world.ivs.calls if call.operation == BATCH]
    good = [call.at for call in made if call.error is None]
    rate = (len(good) - 1) / (good[-1] - good[0]).total_seconds() / quotas.RATES[BATCH]
    left = set(ids) - world.ivs.revocations.of(CHANNEL).keys()
    print(
        f"the stream has ended: {len(good)} calls at {rate:.1%} of the rate,"
        f" {len(made) - len(good)} throttled, {len(left)} viewers left"
    )
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
