"""Each law about the order of what functions do, seen to be broken."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ivskit import names
from ivskit.policy import PolicySettings
from ivskit_local.scenarios.mishaps import ComeLate, Lose
from ivskit_local.scenarios.run import Run, Worn
from ivskit_local.scenarios.steps import Step
from tests.ivskit_local.laws.runs import (
    MANAGED,
    a_run,
    act,
    add,
    broken,
    command,
    forget_calls,
    forget_outcomes,
    go_live,
)

STOP, ROTATE, REVOKE = "Stop Stream", "Rotate Stream Key", "Revoke Viewers"
LEASES = "no function loses the lease of a channel, except to a person's command"
LOOKS = "every stop and every new key is looked at again within five minutes"
KEY_FIRST = "a stop that takes the key takes it before the cut"
REFUSED = "no rotation deletes a key while the store refuses the next one"
SAME = "what has stopped a stream gets the same answer when it comes again"
HIGHEST = "every viewer that a job has revoked is revoked up to the highest version asked for"
AFTER = (
    "within 15 minutes of a stream, or 45 of one whose events were both lost,"
    " its channel has a new key, or an outcome says why not"
)
STAYS = "a stopped encoder is off air within a minute and stays off"
LOCKED_OUT = "a lockout cuts every stream that starts before its end"
NO_KEY = "a blocked channel gets no key"
STORED = "no key is delivered to the store after its channel was blocked"
PATIENT = "a message is tried for five minutes before it is given up"
GIVEN_UP = "no record is given up because no key could be created"
SHOW = [go_live(), act("5m", "hang up")]
STOPPED = [go_live(), command("5m", STOP)]
ANN = {"channel_arn": "show", "viewer_id": "ann", "up_to_version": 7}
OLDER = {**ANN, "up_to_version": 3}
REVOKED = [command("5m", REVOKE, channel=None, detail={"viewers": [ANN, OLDER]})]


def lose_lease(run: Run) -> datetime:
    """The function that was first at the channel lost its lease then."""
    reactions = next(each.reactions for each in run.world.deliveries if each.reactions)
    at = reactions[0].at
    assert at is not None
    reactions[0] = replace(reactions[0], error="LeaseLost: another has taken it")
    return at


def see_nothing_again(run: Run) -> None:
    """No function looked again."""
    for reactions in (run.world.unasked, *(each.reactions for each in run.world.deliveries)):
        assert isinstance(reactions, list)
        reactions[:] = [one for one in reactions if one.event["source"] != names.LOOK_AGAIN_SOURCE]


def cut_first(run: Run) -> None:
    """The cut came before the deletion of the key."""
    [cut] = [one for one in run.world.calls if one.operation == "StopStream"]
    forget_calls(run, "StopStream")
    place = next(n for n, one in enumerate(run.world.calls) if one.operation == "DeleteStreamKey")
    assert isinstance(run.world.calls, list)
    run.world.calls.insert(place, cut)


def delete_secret(run: Run) -> None:
    """Somebody had deleted the secret before the key changed."""
    run.secrets_by_hand.append((run.start, "show"))
    run.secrets_deleted.append((run.start, "show"))


def find_it_over(run: Run) -> None:
    """The stop came again, and was decided anew."""
    stopped = next(
        put for put in run.world.published if put.event["detail-type"] == names.STREAM_STOPPED
    )
    event = {**stopped.event, "detail-type": names.STOP_SKIPPED}
    add(run.world.published, replace(stopped, event=event, at=stopped.at + timedelta(minutes=9)))


def ask_for_more(run: Run) -> None:
    """The command named a higher version."""
    [asked] = [each for each in run.world.deliveries if each.event["detail-type"] == REVOKE]
    asked.event["detail"]["viewers"][1]["up_to_version"] = 8


def give_up(run: Run) -> None:
    """Ten tries at the command found that IVS makes no key."""
    [made] = [each for each in run.world.calls if each.operation == "CreateStreamKey"]
    [asked] = [each for each in run.world.deliveries if each.event["detail-type"] == ROTATE]
    failed = replace(made, error="InternalServerException")
    reaction = replace(asked.reactions[0], calls=[failed], error="Unavailable: no key")
    asked.reactions[:0] = [reaction] * names.TRIES
    # Trouble excuses the tries.
    add(run.world.calls, failed)


@pytest.mark.parametrize(
    ("steps", "change", "law"),
    [
        (SHOW, lose_lease, LEASES),
        (STOPPED, see_nothing_again, LOOKS),
        (SHOW, see_nothing_again, LOOKS),
        (STOPPED, cut_first, KEY_FIRST),
        (SHOW, delete_secret, REFUSED),
        (STOPPED, find_it_over, SAME),
        (REVOKED, ask_for_more, HIGHEST),
        ([command("5m", ROTATE)], give_up, GIVEN_UP),
        ([command("5m", ROTATE)], give_up, PATIENT),
    ],
)
def test_a_law_is_kept_until_the_record_is_changed(
    steps: Sequence[Step], change: Callable[[Run], object], law: str
) -> None:
    with a_run(*steps) as run:
        assert broken(run) == []
        change(run)
        assert law in broken(run)


def test_a_message_with_a_minute_and_more_between_its_tries_keeps_the_law() -> None:
    with a_run(command("5m", ROTATE)) as run:
        give_up(run)
        [asked] = [each for each in run.world.deliveries if each.event["detail-type"] == ROTATE]
        for number, reaction in enumerate(asked.reactions[: names.TRIES]):
            at = run.start + timedelta(minutes=5 + 2 * number)
            asked.reactions[number] = replace(reaction, at=at)
        assert PATIENT not in broken(run)


def test_a_person_and_a_call_that_hangs_excuse_a_lost_lease() -> None:
    with a_run(go_live(), command("30s", STOP)) as run:
        lose_lease(run)
        assert broken(run) == []
    with a_run(*SHOW) as run:
        at = lose_lease(run)
        slow = replace(run.world.calls[0], ms=2_000.0, at=at + timedelta(minutes=2))
        add(run.world.calls, slow)
        assert broken(run) == [LEASES]
        add(run.world.calls, replace(slow, at=at))
        assert broken(run) == []


def test_a_look_that_comes_late_is_waited_for() -> None:
    late = {"at": "1m", "do": "come late", "channel": "show", "purpose": "verify stop"}
    with a_run(ComeLate.model_validate({**late, "by": "7m"}), *STOPPED) as run:
        assert broken(run) == []
        run.late_messages.clear()
        assert broken(run) == [LOOKS]


def test_a_stop_that_is_forgotten_may_be_decided_anew() -> None:
    with a_run(*STOPPED) as run:
        find_it_over(run)
        put = run.world.published[-1]
        add(run.world.published, replace(put, at=put.at + timedelta(minutes=2)))
        run.world.published.remove(put)  # type: ignore[attr-defined]
        assert SAME not in broken(run)


@pytest.mark.parametrize("minutes", [0, 5])
def test_a_secret_that_is_restored_in_time_takes_the_key(minutes: int) -> None:
    with a_run(*SHOW) as run:
        delete_secret(run)
        run.secrets_restored.append((run.start + timedelta(minutes=minutes), "show"))
        assert REFUSED not in broken(run)


@pytest.mark.parametrize(("lost", "breaks"), [(("Stream Start", "Stream End"), False), ((), True)])
def test_a_stream_of_which_only_the_starvation_was_seen_has_45_minutes(
    lost: Sequence[str], breaks: bool
) -> None:
    """The sweep of the fifth minute sees a stream that has just begun."""
    losses = [{"at": "4m", "do": "lose", "channel": "show", "event_name": name} for name in lost]
    show = [go_live("4m2s"), act("4m42s", "starve")]
    with a_run(*map(Lose.model_validate, losses), *show) as run:
        if not lost:
            forget_outcomes(run)

        assert (AFTER in broken(run)) is breaks


def test_a_session_that_nobody_saw_begin_during_a_lockout_is_cut_by_the_next_sweep() -> None:
    """Its Stream Start is lost."""
    lost = {"at": "10m", "do": "lose", "channel": "show", "event_name": "Stream Start"}
    with a_run(*STOPPED, Lose.model_validate(lost), go_live("11m"), rotate="never") as run:
        settings = PolicySettings(rotate="never")
        assert broken(run, settings) == []
        last = run.world.ivs.sessions_of(run.arns["show"])[-1]
        assert last.over_at == run.start + timedelta(minutes=15, seconds=2)
        start = next(each for each in run.world.deliveries if each.reactions)
        detail = {**start.event["detail"], "stream_id": last.stream_id}
        seen = replace(start, event={**start.event, "detail": detail}, at=last.created_at)
        add(run.world.deliveries, seen)
        assert {*broken(run, settings)} == {STAYS, LOCKED_OUT}


def test_an_encoder_that_is_back_at_once_keeps_its_key_though_no_function_saw_the_end() -> None:
    lost = {"at": "1m", "do": "lose", "channel": "show", "event_name": "Stream End"}
    kicked = command("5m", STOP, detail={"then": "kick"})
    back = go_live(reconnect_after="2s")
    with a_run(back, Lose.model_validate(lost), kicked) as run:
        first, second = run.world.ivs.sessions_of(run.arns["show"])
        assert first.over_at == second.created_at
        assert first.end_time is not None
        assert first.end_time > second.created_at
        assert broken(run) == []


@pytest.mark.parametrize(("tags", "law"), [("true", [NO_KEY]), (None, [])])
def test_a_key_for_a_channel_that_is_tagged_as_blocked_breaks_the_law(
    tags: str | None, law: Sequence[str]
) -> None:
    with a_run(command("5m", ROTATE)) as run:
        worn = {**MANAGED, **({"ivskit:blocked": tags} if tags else {})}
        run.tags_worn["show"].append(Worn(run.start + timedelta(minutes=1), worn))
        assert [each for each in broken(run) if each == NO_KEY] == law


def test_a_key_that_is_delivered_after_a_block_breaks_the_law() -> None:
    with a_run(command("5m", ROTATE), command("10m", "Block Channel")) as run:
        [stored] = [each for each in run.world.calls if each.operation == "PutSecretValue"]
        assert broken(run) == []
        for minutes in (10, 11):
            at = run.start + timedelta(minutes=minutes)
            add(run.world.calls, replace(stored, at=at))
            assert (STORED in broken(run)) == (minutes == 11)


def test_an_unblock_of_the_same_moment_lets_a_key_be_delivered() -> None:
    block, unblock = command("10m", "Block Channel"), command("10m", "Unblock Channel")
    with a_run(command("5m", ROTATE), block, unblock) as run:
        stored = [each for each in run.world.calls if each.operation == "PutSecretValue"]

        assert [each.at > run.start + timedelta(minutes=10) for each in stored] == [False, True]
        assert STORED not in broken(run)


def test_a_record_whose_last_try_dies_may_be_given_up() -> None:
    with a_run(command("5m", ROTATE)) as run:
        give_up(run)
        [asked] = [each for each in run.world.deliveries if each.event["detail-type"] == ROTATE]
        died = replace(asked.reactions[0], error="killed after sqs:SendMessage took effect")
        asked.reactions[names.TRIES - 1] = died

        assert GIVEN_UP not in broken(run)
