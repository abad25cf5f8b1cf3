"""Laws about playback key pairs."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ivskit import names
from ivskit.arns import resource_id
from ivskit_local.laws.story import PATIENCE, Answer, Breach, answers, in_trouble
from ivskit_local.scenarios.run import Run

# While a deployment only observes, a former pair is looked at every hour.
_SEEN_AGAIN = timedelta(hours=1) + PATIENCE


def not_beyond_its_time(run: Run) -> Iterator[Breach]:
    """A pair that was replaced is gone when its tokens are over; in an emergency, at once."""
    law = "no token signed by a pair that is not current outlives its time"
    rotations = _rotations(run)
    for number, replaced in enumerate(rotations[:-1]):
        pair, later = replaced.detail["playback_key_arn"], rotations[number + 1 :]
        over = _over(later)
        is_current = any(each.detail["playback_key_arn"] == pair for each in later)
        if pair in run.world.ivs.playback_key_pairs and not is_current and _is_late(run, over):
            yield law, f"{resource_id(pair)}: over at {over}"


def private_keys_in_no_record(run: Run) -> Iterator[Breach]:
    """Whoever has the private key lets anybody in."""
    law = "no log, event or dead letter contains a private key of a playback pair"
    if not _rotations(run):
        return
    records = f"{run.world.logs}{run.world.published}{run.world.dead_letters()}"
    for version, key in _private_keys(run):
        if key in records:
            yield law, version


def _private_keys(run: Run) -> Iterator[tuple[str, str]]:
    """A line from the middle of each private key that the stage's secret holds."""
    stage = run.parameter("pause").name.split("/")[2]
    secrets, name = run.world.client("secretsmanager"), names.playback_secret(stage)
    for each in secrets.list_secret_version_ids(SecretId=name)["Versions"]:
        found = secrets.get_secret_value(SecretId=name, VersionId=each["VersionId"])
        yield each["VersionId"], json.loads(found["SecretString"])["privateKey"].split("\n")[2]


def _rotations(run: Run) -> Sequence[Answer]:
    """Each pair that became current, once."""
    found = (each for each in answers(run) if each.name == names.PLAYBACK_KEY_ROTATED)
    return list({each.detail["playback_key_arn"]: each for each in found}.values())


def _over(later: Sequence[Answer]) -> datetime:
    """When the tokens of a pair are void that the first of these replaced."""
    emergencies = [each.at for each in later if each.detail["emergency"]]
    due = later[0].detail.get("delete_at")
    planned = later[0].at if due is None else datetime.fromisoformat(due)
    return min([planned, *emergencies])


def _is_late(run: Run, over: datetime) -> bool:
    now, excused = run.world.now, over + PATIENCE
    at_once = _was_emergency(run, over)
    if at_once:
        return True
    is_held_back = run.was_paused(over, now) or _was_observed(run, now - _SEEN_AGAIN, now)
    return now > excused and not in_trouble(run, over, now) and not is_held_back


def _was_observed(run: Run, since: datetime, until: datetime) -> bool:
    """Whether the stage was deployed in observe mode at any time of these."""
    ends = [*(at for at, _ in run.policies[1:]), until]
    spans = zip(run.policies, ends, strict=False)
    return any(one.mode == "observe" and at <= until and end >= since for (at, one), end in spans)


def _was_emergency(run: Run, moment: datetime) -> bool:
    return any(each.at == moment and each.detail["emergency"] for each in _rotations(run))
