"""What people command on a random day: at once, late, twice, and under the id of another."""

from collections.abc import Iterator
from random import Random
from typing import Any

from ivskit_local.hunt import faults
from ivskit_local.hunt.dice import DAY, HOUR, MINUTE, Step, act

_UNDOES = {"Block Channel": "Unblock Channel", "Take Down": "Restore"}


def stop(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """A stop, or two of them at once."""
    then = dice.choice(["auto", "rotate", "rotate", "kick", "block"])
    for _ in range(dice.choice([1, 1, 2])):
        session = dice.choice([None, 1, 2])
        yield command(at, channel, "Stop Stream", dice, then=then) | {"session": session}
    if then == "block":
        yield command(at + dice.randrange(HOUR), channel, "Unblock Channel", dice)


def rotate(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """A new key."""
    yield _rotation(at, channel, dice)


def _rotation(at: int, channel: str, dice: Random) -> Step:
    if_live = dice.choice(["refuse", "proceed"])
    return command(at, channel, "Rotate Stream Key", dice, if_live=if_live)


def block(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """A block, and mostly its end; somebody may create a key meanwhile."""
    yield command(at, channel, "Block Channel", dice)
    if dice.random() < 0.3:
        yield act(at + dice.randrange(10 * MINUTE), channel, "create key")
    if dice.random() < 0.8:
        yield command(at + dice.randrange(2 * HOUR), channel, "Unblock Channel", dice)


def overtaken(channel: str, dice: Random) -> Iterator[Step]:
    """A block that arrives after its unblock, or an unblock after a newer block."""
    for _ in range(dice.choice([0, 0, 1])):
        at, late = dice.randrange(DAY), dice.randrange(2, 20 * MINUTE)
        block = dice.choice(["Block Channel", "Block Channel", "Take Down"])
        names = dice.sample([block, _UNDOES[block]], 2)
        issued = (max(0, at - dice.randrange(1, late)), at - late)
        for moment, name, since in zip((issued[0], at), names, issued, strict=True):
            step = act(moment, channel, "command", command=name, issued=f"{since}s")
            yield {**step, "detail": {}}


def same_id(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """A command twice under one id, or another command under it."""
    first = next(dice.choice([stop, rotate, block])(at, channel, dice))
    second = first if dice.random() < 0.5 else _rotation(at, channel, dice)
    for step in (first, {**second, "at": at + dice.choice([0, 1, 60, HOUR])}):
        yield {**step, "id": f"{channel}-at-{at}"}


def push(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """Metadata in order, straight into the queue, some of it too late, or while IVS fails."""
    late = dice.choice([0, 0, 0, 2 * HOUR])
    if dice.random() < 0.6:
        yield from faults.of_metadata(at, dice)
    for piece in pieces(at, channel, dice.randrange(1, 6)):
        yield {**piece, "issued": f"{at - late}s"}


def pieces(at: int, channel: str, count: int, **detail: Any) -> Iterator[Step]:
    """So many pieces in order."""
    for number in range(count):
        step = _push(at, channel, number)
        yield {**step, "detail": {**step["detail"], **detail}, "to": "metadata queue"}


def push_over_the_bus(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """Metadata of which only the newest counts."""
    for number in range(dice.randrange(1, 4)):
        step = _push(at, channel, number)
        yield {**step, "detail": {**step["detail"], "coalesce": dice.random() < 0.5}}


def _push(at: int, channel: str, number: int) -> Step:
    detail = {"channel_arns": [channel], "metadata": f"at {at}, piece {number}"}
    return {"at": at, "do": "command", "command": "Push Metadata", "detail": detail}


def revoke(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """Viewers are revoked, named one by one or in a manifest; some jobs are cancelled."""
    job = f"revoke-{channel}-{at}"
    versions = [(f"viewer-{n}", dice.randrange(9)) for n in range(dice.randrange(1, 30))]
    if dice.random() < 0.5:
        # Who is named twice is revoked up to the higher version, and counts once.
        versions.append((dice.choice(versions)[0], dice.randrange(9)))
    way = dice.choice([_one_by_one, _one_by_one, _in_a_manifest, _all_of_a_channel])
    if dice.random() < 0.3:
        yield faults.death_at_work("revoke_viewers", at, dice)
    for step in way(channel, versions, job):
        yield {"at": at, **step}
    if dice.random() < 0.2:
        yield _about_job("Cancel Revocation", job, at + dice.randrange(3))
        yield _about_job("Resume Revocation", job, at + dice.randrange(3, HOUR))


def _one_by_one(channel: str, versions: list[tuple[str, int]], job: str) -> Iterator[Step]:
    viewers = [{"channel_arn": channel, "viewer_id": v, "up_to_version": n} for v, n in versions]
    yield _revocation(job, viewers=viewers)


def _in_a_manifest(channel: str, versions: list[tuple[str, int]], job: str) -> Iterator[Step]:
    rows = [{"channel": channel, "viewer": v, "up_to_version": n} for v, n in versions]
    yield {"do": "put manifest", "name": f"{job}.csv", "rows": [*rows, "not a row"]}
    yield _revocation(job, manifest=f"{job}.csv")


def _all_of_a_channel(channel: str, versions: list[tuple[str, int]], job: str) -> Iterator[Step]:
    """All who were issued a token, where the settings have those recorded."""
    yield _revocation(job, audience_of=[channel])


def _revocation(job: str, **detail: Any) -> Step:
    return {"do": "command", "command": "Revoke Viewers", "id": job, "detail": detail}


def _about_job(command: str, job: str, at: int) -> Step:
    return {"at": at, "do": "command", "command": command, "detail": {"job": job}}


def rotate_playback_key(at: int, dice: Random) -> Step:
    """A new pair for playback tokens, some in an emergency."""
    detail = {"emergency": True} if dice.random() < 0.3 else {}
    return {"at": at, "do": "command", "command": "Rotate Playback Key", "detail": detail}


def stop_all(channels: list[str], at: int, dice: Random) -> Step:
    """One command that stops several channels."""
    then = dice.choice(["auto", "kick"])
    detail = {"channel_arns": dice.sample(channels, dice.randrange(1, 1 + len(channels)))}
    return {"at": at, "do": "command", "command": "Stop Stream", "detail": {**detail, "then": then}}


def command(at: int, channel: str, name: str, dice: Random, **detail: Any) -> Step:
    """A command: most arrive at once, some after one that was issued later, some much too late."""
    late = dice.choice([0, 0, 0, dice.randrange(20 * MINUTE), 2 * HOUR])
    force = {"force": True} if dice.random() < 0.15 else {}
    step = act(at, channel, "command", command=name, issued=f"{at - late}s")
    return {**step, "detail": {**detail, **force}}


INCIDENTS = (stop, stop, stop, rotate, rotate, block, same_id, push, push_over_the_bus, revoke)
