"""Commands that come late, twice, at bad moments, or while another is half done."""

from datetime import timedelta

from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.pauses import pause
from tests.pruned import pruned
from tests.rotate_playback_key.pairs import (
    FUNCTION,
    SECRET,
    command,
    imported,
    outcomes,
    rotated,
    stored,
)
from tests.rotate_playback_key.test_rotation import app_pairs
from tests.samples import sample
from tests.stacks.resources import CUSTOMER_KEY
from tests.worlds import ROOT, OpenWorld, opener

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def test_a_late_command_finishes_what_it_began_and_begins_nothing(open_world: OpenWorld) -> None:
    with open_world() as world:
        event = command(world, "late")
        world.gate.kill(function=FUNCTION, call="ImportPlaybackKeyPair", when="before")
        world.deliver(event)
        world.run_for(timedelta(seconds=50))
        assert imported(world) == []
        event["detail"]["issued_at"] = (world.now - 2 * HOUR).isoformat()
        world.deliver(event)
        world.run_for(HOUR)

        assert imported(world) == [stored(world)["playbackKeyArn"]]
        assert outcomes(world, "Command Refused") == []

        world.deliver(command(world, "too late") | {"replay-name": "yesterday"})
        world.run_for(MINUTE)
        assert len(imported(world)) == 1
        [refused] = outcomes(world, "Command Refused")
        assert refused["cause"] == "too late"


def test_a_refused_command_is_not_obeyed_later_by_a_repeat(open_world: OpenWorld) -> None:
    with open_world() as world:
        theirs = app_pairs(world, 3)
        rotated(world)
        world.client("ivs").delete_playback_key_pair(arn=theirs[0])
        rotated(world)

        assert imported(world) == theirs[1:]
        assert len(outcomes(world, "Command Refused")) == 1


def test_no_room_is_left_when_a_rotation_goes_on(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world, "first")
        world.gate.kill(function=FUNCTION, call="ImportPlaybackKeyPair", when="before")
        rotated(world, "second")
        theirs = app_pairs(world, 2)
        world.run_for(HOUR)

        assert imported(world) == [stored(world)["playbackKeyArn"], *theirs]
        skipped = outcomes(world, "Playback Rotation Skipped")
        [said] = [each for each in skipped if "no pair was imported" in each["reason"]]
        assert said["cause"] == "second"
        assert world.dead_letters() == []


def test_a_second_emergency_finishes_the_first_before_it_cuts_again(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        rotated(world, "first")
        world.gate.kill(function=FUNCTION, call="ImportPlaybackKeyPair", when="before")
        rotated(world, "now", emergency=True)
        rotated(world, "again", emergency=True)
        world.run_for(HOUR)

        assert imported(world) == [stored(world)["playbackKeyArn"]]
        causes = {each["cause"] for each in outcomes(world, "Playback Key Rotated")}
        assert causes == {"first", "now", "again"}


def test_an_emergency_answers_a_planned_rotation_that_is_half_done(
    open_world: OpenWorld,
) -> None:
    with open_world() as world:
        world.gate.kill(function=FUNCTION, call="PutSecretValue", when="after")
        rotated(world, "planned")
        rotated(world, "now", emergency=True)

        rotations = {each["cause"]: each for each in outcomes(world, "Playback Key Rotated")}
        assert rotations.keys() == {"planned", "now"}
        arns = {each["playback_key_arn"] for each in rotations.values()}
        assert arns == {stored(world)["playbackKeyArn"]} == set(imported(world))


def test_an_answer_that_is_lost_makes_no_second_pair(open_world: OpenWorld) -> None:
    with open_world() as world:
        world.gate.fault("ivs", "ImportPlaybackKeyPair", "InternalServerException", when="after")
        world.gate.fault("ivs", "ImportPlaybackKeyPair", "ConflictException", 409)
        rotated(world)
        world.run_for(MINUTE)

        assert imported(world) == [stored(world)["playbackKeyArn"]]
        assert len(world.ivs.playback_key_pairs) == 1


def test_an_emergency_acts_during_a_pause_unless_it_holds_commands(open_world: OpenWorld) -> None:
    with open_world() as world:
        rotated(world, "first")
        pause(world)
        world.run_for(MINUTE)
        rotated(world, "now", emergency=True)
        current = stored(world)["playbackKeyArn"]
        assert imported(world) == [current]

        pause(world, commands_too=True)
        world.run_for(MINUTE)
        rotated(world, "held", emergency=True)
        assert imported(world) == [current]
        [refused] = outcomes(world, "Command Refused")
        assert refused["cause"] == "held"


def test_the_secret_is_under_the_key_of_the_owner() -> None:
    settings = {"security": {"customer_key": CUSTOMER_KEY}}
    app = pruned(synthesize(ROOT, overrides=settings), FUNCTION)
    with opener(app, sample("stream-state-change.stream-end"))() as world:
        rotated(world, "first")
        assert key_of(world) == CUSTOMER_KEY

        world.client("secretsmanager").update_secret(SecretId=SECRET, KmsKeyId="alias/theirs")
        rotated(world, "second")
        assert key_of(world) == CUSTOMER_KEY


def key_of(world: World) -> str:
    """The KMS key of the secret."""
    found = world.client("secretsmanager").describe_secret(SecretId=SECRET)
    return str(found["KmsKeyId"])
