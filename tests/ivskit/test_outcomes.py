"""What did happen."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import chain
from pkgutil import iter_modules
from typing import Any

import pytest

from ivskit import outcomes
from ivskit.outcomes import (
    BY_NAME,
    CommandRefused,
    Outcome,
    RevocationSkipped,
    RotationSkipped,
    StopSkipped,
    StreamKeyNotDelivered,
    StreamKeyRotated,
    ViewersRevoked,
    WillLookAgain,
    parse_outcome,
)
from tests.samples import CHANNEL

AT = datetime(2026, 11, 20, 17, tzinfo=UTC)
OTHER = "arn:aws:ivs:us-west-2:123456789012:channel/Zz9yX8w7V6u5"


def fields(**replaced: Any) -> dict[str, Any]:
    """What every outcome needs."""
    given = {"cause": "st-1", "channel_arn": CHANNEL, "reason": "because", "mode": "enforce"}
    return {**given, "at": AT, "event_id": "e-1", **replaced}


KEY = CHANNEL.replace("channel", "stream-key")


def test_a_repeat_has_the_same_id_whenever_it_comes() -> None:
    first = StreamKeyRotated(**fields(), stream_key_arn=KEY)
    again = StreamKeyRotated(**fields(at=AT + timedelta(hours=1)), stream_key_arn=KEY)

    assert first.id == again.id


def test_another_reason_to_do_nothing_has_another_id() -> None:
    assert RotationSkipped(**fields()).id == RotationSkipped(**fields()).id
    assert RotationSkipped(**fields()).id != RotationSkipped(**fields(reason="other")).id


def test_nothing_done_about_two_sessions_for_one_cause_has_two_ids() -> None:
    first, second = (StopSkipped(**fields(stream_id=f"st-{letter * 23}")) for letter in "ab")

    assert first.id != second.id


@pytest.mark.parametrize(
    "other",
    [
        RotationSkipped(**fields(cause="st-2")),
        RotationSkipped(**fields(channel_arn=OTHER)),
        StreamKeyRotated(**fields(), stream_key_arn=KEY),
    ],
)
def test_another_cause_channel_or_outcome_has_another_id(other: outcomes.Outcome) -> None:
    assert other.id != RotationSkipped(**fields()).id


def test_looking_again_at_two_times_or_for_two_purposes_has_two_ids() -> None:
    looks = [
        WillLookAgain(**fields(), purpose=purpose, due=due)
        for purpose in ("grace over", "verify key")
        for due in (AT, AT + timedelta(seconds=1))
    ]

    assert len({look.id for look in looks}) == 4


def test_a_refusal_of_another_command_with_the_same_id_has_another_id() -> None:
    stop, rotate = (
        CommandRefused(**fields(), command=command, errors=("e",), original="{}")
        for command in ("Stop Stream", "Rotate Stream Key")
    )

    assert stop.id != rotate.id


def test_an_outcome_is_read_as_it_was_published() -> None:
    look = WillLookAgain(**fields(), purpose="grace over", due=AT)

    assert outcomes.parse_outcome(look.name, look.model_dump(mode="json")) == look


def test_every_outcome_of_the_package_is_known_by_its_name() -> None:
    modules = [import_module(f"ivskit.outcomes.{m.name}") for m in iter_modules(outcomes.__path__)]
    defined = {
        value
        for value in chain.from_iterable(vars(module).values() for module in modules)
        if isinstance(value, type) and issubclass(value, outcomes.Outcome) and "name" in vars(value)
    }

    assert set(BY_NAME.values()) == defined


def test_a_reason_can_stand_in_quotes() -> None:
    outcome = RotationSkipped(**fields(reason='the "old"\nkey, C:\\keys\t\u2028né'))

    assert outcome.reason == "the 'old' key, C:/keys  né"


@pytest.mark.parametrize(
    ("former", "model"),
    [
        ("Stream Key Kept", RotationSkipped),
        ("Stream Kept", StopSkipped),
        ("Viewers Kept", RevocationSkipped),
    ],
)
def test_an_outcome_of_the_first_release_is_read_by_its_former_name(
    former: str, model: type[Outcome]
) -> None:
    """Memory still holds such causes after an upgrade."""
    assert isinstance(parse_outcome(former, fields()), model)


def test_a_job_that_ends_twice_for_two_reasons_has_two_ids() -> None:
    """It was cancelled when all of its viewers were revoked, and resumed."""
    first, second = (
        ViewersRevoked(**fields(reason=reason), revoked=1, failed=0)
        for reason in ("the revocation was cancelled", "commanded")
    )

    assert first.id != second.id


def test_two_reasons_that_no_key_could_be_made_have_two_ids() -> None:
    first, second = (StreamKeyNotDelivered(**fields(reason=reason)) for reason in ("a", "b"))
    delivered = [
        StreamKeyNotDelivered(**fields(reason=reason), stream_key_arn=KEY) for reason in ("a", "b")
    ]

    assert first.id != second.id
    assert delivered[0].id == delivered[1].id
