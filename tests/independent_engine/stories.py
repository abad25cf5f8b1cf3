"""What goes through the deployed functions, and what must come of it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from ivskit.commands import PushMetadata, RevokeViewers, StopStream
from ivskit.tokens import sign
from tests.independent_engine.ivs import Ivs, queue_url
from tests.independent_engine.ministack import MiniStack
from tests.independent_engine.outcomes import Outcomes
from tests.independent_engine.steps import check, until
from tests.signing import PRIVATE_KEY, PUBLIC_KEY

VIEWERS, VERSION = 45, 7
DENIED = "not authorized"
HEADER = "channel_arn,viewer_id,up_to_version"


@dataclass(frozen=True)
class Stage:
    """A deployed stage, and both sides of it."""

    engine: MiniStack
    ivs: Ivs
    outcomes: Outcomes

    def address(self, what: str) -> str:
        """What the stage publishes as /ivskit/dev/…"""
        asked = self.engine.client("ssm").get_parameter(Name=f"/ivskit/dev/{what}")
        return str(asked["Parameter"]["Value"])

    def stored_key(self, channel_arn: str) -> str:
        """The key in the channel's secret; print it nowhere."""
        channel_id = channel_arn.rpartition("/")[2]
        asked = self.engine.client("secretsmanager").get_secret_value(
            SecretId=f"ivskit/dev/channel/{channel_id}"
        )
        return str(json.loads(asked["SecretString"])["streamKey"])


def stream_end(stage: Stage, channel_arn: str) -> None:
    """A stream ends, and the channel gets a new key.

    Its start leaves a schedule, since the channel limits how long a stream may last.
    """
    old = stage.ivs.key_of(channel_arn)
    stream_id = stage.ivs.go_live(channel_arn)
    stage.outcomes.wait("Will Look Again", cause=f"{stream_id}: start")
    check(_schedules(stage) == 2, "one schedule is the sweep's, and one the limit's")

    stage.ivs.backend.disconnect(channel_arn)
    stage.outcomes.wait("Stream Key Rotated", cause=stream_id)
    _is_replaced(stage, channel_arn, old)


def _schedules(stage: Stage) -> int:
    scheduler = stage.engine.client("scheduler")
    return len(scheduler.list_schedules(GroupName="ivskit-dev")["Schedules"])


def _is_replaced(stage: Stage, channel_arn: str, old: str) -> None:
    new = stage.ivs.key_of(channel_arn)
    check(new != old, "the channel has a new key")
    check(stage.stored_key(channel_arn) == new, "the new key is in the store")
    check(stage.ivs.refuses(old), "the old key is refused")


def push(stage: Stage, channel_arn: str) -> None:
    """Metadata that a command pushes reaches the stream."""
    stream_id = stage.ivs.go_live(channel_arn)
    command = PushMetadata.issue(channel_arns=[channel_arn], metadata={"poll": "open"})
    cause = stage.outcomes.send(command)
    stage.outcomes.wait("Metadata Pushed", cause=cause, channel_arn=channel_arn)
    arrived = [each.text for each in stage.ivs.backend.metadata if each.stream_id == stream_id]
    check(arrived == ['{"poll":"open"}'], f"the metadata arrives once, not {arrived}")


def stop(stage: Stage, channel_arn: str) -> None:
    """A person stops a stream whose encoder reconnects: it stays down."""
    stage.ivs.backend.disconnect(channel_arn)
    until(lambda: not stage.ivs.is_live(channel_arn), "the last stream is over")
    old = stage.ivs.key_of(channel_arn)
    stream_id = stage.ivs.go_live(channel_arn, reconnect_after=0.5)
    command = StopStream.issue(channel_arn=channel_arn, then="rotate", reason="breaks our rules")
    cause = stage.outcomes.send(command)
    stage.outcomes.wait("Stream Stopped", cause=cause, stream_id=stream_id)
    stage.outcomes.wait("Stream Key Rotated", stream_id=stream_id)
    until(lambda: not stage.ivs.is_live(channel_arn), "the stream is off")
    _is_replaced(stage, channel_arn, old)
    check(not stage.ivs.is_live(channel_arn), "the encoder does not come back")


def revoke(stage: Stage) -> None:
    """Viewers of a manifest in S3 are revoked; a row that is no viewer is reported."""
    stage.ivs.client.import_playback_key_pair(publicKeyMaterial=PUBLIC_KEY)
    channel_arn = stage.ivs.make_channel("members", private=True)
    listed = [f"viewer-{number}" for number in range(VIEWERS)]
    check(_may_watch(stage, channel_arn, listed[0]), "a viewer may watch at first")

    rows = [HEADER, *(f"{channel_arn},{viewer},{VERSION}" for viewer in listed), "no-arn,x,1"]
    bucket = stage.address("reports")
    s3 = stage.engine.client("s3")
    s3.put_object(Bucket=bucket, Key="manifests/members.csv", Body="\n".join(rows).encode())
    manifest = f"s3://{bucket}/manifests/members.csv"
    cause = stage.outcomes.send(RevokeViewers.issue(manifest=manifest, reason="refunded"))
    over = stage.outcomes.wait("Viewers Revoked", cause=cause)

    counts = {name: over.get(name) for name in ("revoked", "failed", "rejected")}
    wanted = {"revoked": VIEWERS, "failed": 0, "rejected": 1}
    check(counts == wanted, f"the counts are {wanted}, not {counts}")
    may = [_may_watch(stage, channel_arn, viewer) for viewer in (listed[0], listed[-1], "another")]
    check(may == [False, False, True], "the listed viewers may not watch any more, another may")
    key = str(over["report"]).removeprefix(f"s3://{bucket}/")
    report = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    check(str(len(rows)) in report, "the report names the invalid row by its number")


def _may_watch(stage: Stage, channel_arn: str, viewer_id: str) -> bool:
    now = datetime.now(UTC)
    token = sign(
        PRIVATE_KEY,
        channel_arn=channel_arn,
        viewer_id=viewer_id,
        viewer_session_version=VERSION,
        now=now,
        expires_at=now + timedelta(minutes=5),
    )
    return stage.ivs.backend.play(token).allowed


def sweep(stage: Stage) -> None:
    """The message of the deployed schedule starts a sweep, which finds nothing amiss."""
    scheduler, sqs = stage.engine.client("scheduler"), stage.engine.client("sqs")
    listed = scheduler.list_schedules(GroupName="ivskit-dev")["Schedules"]
    described = (
        scheduler.get_schedule(GroupName="ivskit-dev", Name=each["Name"]) for each in listed
    )
    [target] = [each["Target"] for each in described if "rate" in each["ScheduleExpression"]]
    input_text = (
        target["Input"]
        .replace("<aws.scheduler.execution-id>", str(uuid4()))
        .replace("<aws.scheduler.scheduled-time>", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    )
    sqs.send_message(QueueUrl=queue_url(stage.engine, target["Arn"]), MessageBody=input_text)
    swept = stage.outcomes.wait("Streams Reconciled")
    amiss = {name: swept[name] for name in ("missed_starts", "missed_ends", "unfinished", "keys")}
    check(not any(amiss.values()), f"the sweep finds nothing amiss, not {amiss}")


def repeat(stage: Stage, channel_arn: str) -> None:
    """The last Stream End comes again: the same outcome is published, and nothing changes."""
    event = next(
        each
        for each in reversed(stage.ivs.backend.events)
        if each["resources"] == [channel_arn] and each["detail"].get("event_name") == "Stream End"
    )
    key, stream_id = stage.ivs.key_of(channel_arn), event["detail"]["stream_id"]
    stage.ivs.deliver(stage.engine, event)
    twice = stage.outcomes.wait_for(2, "Stream Key Rotated", cause=stream_id)
    check(len({each["id"] for each in twice}) == 1, "a repeat has the outcome of the first")
    check(stage.ivs.key_of(channel_arn) == key, "a repeat leaves the key")


def all_have_run(stage: Stage) -> None:
    """Every function has logged to the group that the stack gives it."""
    silent = [group for group, lines in _logs(stage).items() if not lines]
    check(not silent, f"every function logs, {silent} are empty")


def all_was_allowed(stage: Stage) -> None:
    """No call of a function was refused, and no function has logged a stream key."""
    logs = _logs(stage)
    refused = [line for lines in logs.values() for line in lines if DENIED in line]
    check(not refused, f"no call is refused, but: {refused}")
    check(not stage.ivs.roles.refused, f"no call is refused, but: {stage.ivs.roles.refused}")
    check(stage.ivs.roles.allowed, "functions call IVS with their roles")
    with_key = [group for group, lines in logs.items() if any(map(stage.ivs.has_key, lines))]
    check(not with_key, f"no stream key is in a log, but in {with_key}")


def _logs(stage: Stage) -> dict[str, list[str]]:
    """What each function has logged, by log group."""
    functions = stage.engine.client("lambda").list_functions(MaxItems=50)["Functions"]
    groups = [function["LoggingConfig"]["LogGroup"] for function in functions]
    return {group: _lines(stage, group) for group in groups}


def _lines(stage: Stage, group: str) -> list[str]:
    pages = stage.engine.client("logs").get_paginator("filter_log_events")
    return [
        event["message"] for page in pages.paginate(logGroupName=group) for event in page["events"]
    ]
