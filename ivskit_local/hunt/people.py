"""What people do to channels by hand on a random day: tags, keys, secrets, settings, pauses."""

from collections.abc import Iterator
from random import Random

from ivskit_local.hunt import commands
from ivskit_local.hunt.dice import DAY, HOUR, MINUTE, Step, act

# What people tag channels with on the way; null takes the tag away.
RE_TAGGED: tuple[dict[str, str | None], ...] = (
    {"ivskit:managed": None},
    {"ivskit:managed": "true"},
    {"ivskit:mode": "Observe"},
    {"ivskit:mode": "enforce"},
    {"ivskit:rotate": "Never"},
    {"ivskit:rotate": "after-stream"},
    {"ivskit:max-duration": "45m"},
    {"ivskit:max-duration": "long"},
    {"ivskit:max-duration": None},
    {"ivskit:welcome": "show"},
    {"ivskit:revoke": "after-stream"},
)
OBSERVE = {"mode": "observe"}
ENFORCE = {"mode": "enforce"}
# What the deployment's policy may become on the way.
POLICIES: tuple[dict[str, str], ...] = (
    OBSERVE,
    ENFORCE,
    {"grace": "1m"},
    {"grace": "10m"},
    {"rotate": "never"},
    {"rotate": "after-stream"},
    {"max_duration": "40m"},
    {"max_duration": "off"},
    {"then": "kick"},
    {"then": "auto"},
)


def watch(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """Viewers come or go."""
    yield act(at, channel, "watch", viewers=dice.choice([-1, 0, 1, 30]))


def tag(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """Somebody changes a tag."""
    yield act(at, channel, "tag", tags=dice.choice(RE_TAGGED))


def lose_secret(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """Somebody deletes the secret of the key, and restores it."""
    yield act(at, channel, "delete secret")
    yield act(at + dice.randrange(HOUR), channel, "restore secret")


def change_key(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """Somebody creates a key in the console, or deletes one and may create another."""
    deletes, creates = dice.choice([(True, True), (True, False), (False, True)])
    if deletes:
        yield act(at, channel, "delete key")
        at += dice.randrange(HOUR)
    if creates:
        yield act(at, channel, "create key")


def issue_token(at: int, channel: str, dice: Random) -> Iterator[Step]:
    """A viewer is issued a token, and may be revoked later."""
    version = dice.randrange(9)
    yield act(at, channel, "issue token", viewer=f"viewer-{dice.randrange(5)}", version=version)


def tidy_up(channel: str, dice: Random) -> Iterator[Step]:
    """Somebody ends a show, and replaces the key before its grace period is over."""
    for _ in range(dice.choice([0, 0, 1])):
        at = dice.randrange(DAY)
        yield act(at, channel, "hang up")
        at += dice.randrange(10, 9 * MINUTE)
        yield act(at, channel, "command", command="Rotate Stream Key", detail={"force": True})


INCIDENTS = (watch, tag, lose_secret, change_key, issue_token)


def about_all(channels: list[str], dice: Random) -> Iterator[Step]:
    """What concerns all channels, or the channel that is deleted."""
    yield from _pauses(dice)
    yield from _deployments(dice)
    if dice.random() < 0.3:
        at = dice.randrange(DAY)
        yield {"at": at, "do": "limit streams", "streams": dice.randrange(len(channels))}
        yield {"at": at + dice.randrange(2 * HOUR), "do": "limit streams", "streams": 100}
    for _ in range(dice.choice([0, 0, 0, 1, 3])):
        yield commands.rotate_playback_key(dice.randrange(DAY), dice)
    if dice.random() < 0.2:
        at = dice.randrange(DAY - 2 * HOUR, DAY + 30 * MINUTE)
        yield act(at, dice.choice(channels), "delete channel")


def _pauses(dice: Random) -> Iterator[Step]:
    for _ in range(dice.randrange(3)):
        at = dice.randrange(DAY)
        yield {"at": at, "do": "pause", "commands_too": dice.random() < 0.3}
        yield {"at": at + dice.randrange(HOUR), "do": "resume"}


def _deployments(dice: Random) -> Iterator[Step]:
    """Other settings; what holds automation back ends with the day."""
    for _ in range(dice.choice([0, 0, 1, 2])):
        policy = dice.choice(POLICIES)
        yield {"at": dice.randrange(DAY), "do": "change policy", "policy": policy}
        if policy == OBSERVE:
            # A revocation that is held back looks again every five minutes, and never rests.
            yield {"at": DAY, "do": "change policy", "policy": ENFORCE}
