"""Laws about what reaches viewers: revocations are counted, and metadata keeps its order."""

from collections.abc import Iterator, Mapping
from typing import Any

from ivskit import names
from ivskit_local.laws.story import Breach, answers, commands
from ivskit_local.scenarios.run import NotThere, Run


def counted_once(run: Run) -> Iterator[Breach]:
    """In a finished job, revoked plus failed viewers are all viewers that it names."""
    for one in answers(run):
        if one.name != names.REVOCATION_PLANNED:
            continue
        job = _find(run, one.cause)
        done = list(run.jobs.all_done(one.cause)) if job else []
        counted = sum(part.revoked + part.failed for part in done)
        if job and job.state == "done" and counted != job.planned.pairs:
            law = "revoked plus failed viewers are all distinct viewers of a job"
            yield law, f"{one.cause}: {counted} of {job.planned.pairs}"


def _find(run: Run, job: str) -> Any:
    try:
        return run.jobs.find(job)
    except NotThere:
        return None


def up_to_the_version(run: Run) -> Iterator[Breach]:
    """No viewer is revoked beyond the version asked for, or the moment of the command."""
    asked = _asked(run)
    for channel, arn in run.arns.items():
        ended = _audience_until(run, channel, arn)
        for viewer, version in run.world.ivs.revocations.of(arn).items():
            highest = asked.get((arn, viewer))
            if highest is not None and version > max(highest, ended):
                law = "no viewer is revoked beyond the highest version asked for"
                yield law, f"{viewer} of {channel}: {version}, not {highest}"


def _audience_until(run: Run, channel: str, arn: str) -> int:
    """The second of the last stream's end, up to which a tag revokes the audience; 0 without it."""
    if not any(f"{names.TAG_PREFIX}revoke" in worn.tags for worn in run.tags_worn[channel]):
        return 0
    ends = (each.over_at for each in run.world.ivs.sessions.get(arn, {}).values())
    return max((int(end.timestamp()) for end in ends if end is not None), default=0)


def to_the_highest_version(run: Run) -> Iterator[Breach]:
    """A viewer who is named twice is revoked as far as either row says."""
    law = "every viewer that a job has revoked is revoked up to the highest version asked for"
    for one in answers(run):
        job = _find(run, one.cause) if one.name == names.REVOCATION_PLANNED else None
        if job is None or job.state != "done" or not _has_all(run, one.cause, job):
            continue
        for (arn, viewer), version in _versions(run, one.cause).items():
            reached = run.world.ivs.revocations.of(arn).get(viewer, 0)
            if arn in run.world.ivs.channels and reached < version:
                yield law, f"{viewer}: {reached}, not {version}"


def _has_all(run: Run, job_id: str, job: Any) -> bool:
    revoked = sum(part.revoked for part in run.jobs.all_done(job_id))
    return bool(revoked == job.planned.pairs) and not job.planned.skipped


def _versions(run: Run, job: str) -> Mapping[tuple[str, str], int]:
    """The highest version that the command of this job gives for each viewer."""
    asked: dict[tuple[str, str], int] = {}
    about_it = (one for one in commands(run) if one.id == job and one.name == names.REVOKE_VIEWERS)
    command = next(about_it, None)
    for each in (command.detail.get("viewers") if command else None) or ():
        pair = (each["channel_arn"], each["viewer_id"])
        asked[pair] = max(asked.get(pair, 0), each.get("up_to_version") or 0)
    return asked


def _asked(run: Run) -> Mapping[tuple[str, str], int]:
    """The highest version per viewer; without one, the command's time in seconds."""
    asked: dict[tuple[str, str], int] = {}
    for command in commands(run):
        if command.name != names.REVOKE_VIEWERS:
            continue
        if not command.detail.get("viewers"):
            return {}  # a manifest, or an audience, may name any viewer
        for each in command.detail["viewers"]:
            pair = (each["channel_arn"], each["viewer_id"])
            second = int(command.issued_at.timestamp())
            asked[pair] = max(asked.get(pair, 0), each.get("up_to_version") or second)
    return asked


def in_order(run: Run) -> Iterator[Breach]:
    """Metadata from its queue is inserted in order, once each unless a function died."""
    law = "metadata is inserted in queue order, each piece once"
    of_it = (call for call in run.world.calls if call.function == "push_metadata")
    died = any("killed" in (call.error or "") for call in of_it)
    for channel, arn in run.arns.items():
        sent = _sent(run, arn)
        if len(set(sent)) < len(sent):
            continue  # who sends the same twice may see it twice
        came = [one.text for one in run.world.ivs.metadata if one.channel_arn == arn]
        known = [sent.index(text) for text in came if text in sent]
        if known != sorted(known) or (len(set(known)) < len(known) and not died):
            yield law, f"{channel}: {known}"


def _sent(run: Run, arn: str) -> list[str]:
    """The texts that went straight to the queue, in order."""
    return [
        delivery.event["detail"]["metadata"]
        for delivery in run.world.deliveries
        if delivery.event["detail-type"] == names.PUSH_METADATA
        and not delivery.rules
        and arn in delivery.event["detail"].get("channel_arns", ())
        and isinstance(delivery.event["detail"].get("metadata"), str)
    ]
