"""Commands, manifests, and a look at what came of them."""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from ivskit_local.runtime.synth import Templates, synthesize
from ivskit_local.runtime.world import World
from tests.pruned import pruned
from tests.samples import CHANNEL, sample
from tests.worlds import ROOT

SECONDS = timedelta(seconds=1)
MINUTES = timedelta(minutes=1)
OTHER = "arn:aws:ivs:us-west-2:123456789012:channel/Zz9yX8w7V6u5"


def revoking(**settings: Any) -> Templates:
    """What revokes viewers of the app that these settings of `revocation` make."""
    templates = synthesize(ROOT, overrides={"revocation": settings})
    return pruned(templates, "plan_revocation", "revoke_viewers")


def viewers(count: int, *, channel_arn: str = CHANNEL) -> list[dict[str, Any]]:
    """So many viewers, as a command names them."""
    return [
        {"channel_arn": channel_arn, "viewer_id": f"viewer-{number}", "up_to_version": 7}
        for number in range(count)
    ]


def revoke(world: World, command_id: str = "job-1", **detail: Any) -> dict[str, Any]:
    """A command issued now."""
    return _issued(world, "command.revoke-viewers", command_id, detail)


def cancel(
    world: World, job: str = "job-1", command_id: str = "cancel-1", **detail: Any
) -> dict[str, Any]:
    """The command that stops a job."""
    return _issued(world, "command.cancel-revocation", command_id, {"job": job, **detail})


def resume(
    world: World, job: str = "job-1", command_id: str = "resume-1", **detail: Any
) -> dict[str, Any]:
    """The command that has a job go on."""
    return _issued(world, "command.resume-revocation", command_id, {"job": job, **detail})


def _issued(world: World, name: str, command_id: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    event = sample(name)
    event["detail"] = {"command_id": command_id, "issued_at": world.now.isoformat(), **detail}
    return event | {"id": f"event of {command_id}"}


def report_bucket(world: World) -> str:
    """The bucket of reports and manifests."""
    name = "/ivskit/dev/reports"
    return str(world.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])


def upload(world: World, body: bytes, key: str = "manifests/list.csv") -> str:
    """A manifest where manifests may lie; answers its address."""
    bucket = report_bucket(world)
    world.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    return f"s3://{bucket}/{key}"


def table_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Viewers as CSV."""
    lines = [f"{row['channel_arn']},{row['viewer_id']},{row['up_to_version']}\n" for row in rows]
    return ("channel_arn,viewer_id,up_to_version\n" + "".join(lines)).encode()


def report(world: World, outcome: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of the report that an outcome names, after the first, which sums up."""
    bucket, _, key = outcome["report"].removeprefix("s3://").partition("/")
    body = world.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    first, *lines = map(json.loads, body.splitlines())
    assert {name: first[name] for name in _COUNTS} == {name: outcome[name] for name in _COUNTS}
    return lines


_COUNTS = ("revoked", "failed", "rejected", "skipped")


def revoked(world: World, channel_arn: str = CHANNEL) -> dict[str, int]:
    """Up to which version each viewer of a channel is revoked, as IVS has it."""
    return dict(world.ivs.revocations.of(channel_arn))


def calls(world: World, operation: str) -> int:
    """How often functions called this."""
    return sum(call.operation == operation for call in world.calls)
