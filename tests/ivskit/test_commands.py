"""Requests to act."""

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import chain
from pkgutil import iter_modules
from typing import Any

import pytest
from pydantic import ValidationError

from ivskit import commands
from ivskit.commands import (
    ABOUT_CHANNELS,
    BY_DETAIL_TYPE,
    ChannelCommand,
    Command,
    PushMetadata,
    RevokeViewers,
    RotateStreamKey,
    parse_command,
    too_late,
)
from tests.samples import CHANNEL, sample

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)


def rotate(**fields: Any) -> RotateStreamKey:
    """A command issued at NOW."""
    return RotateStreamKey.issue(channel_arn=CHANNEL, **{"issued_at": NOW, **fields})


def push(metadata: Any) -> PushMetadata:
    """A command with this metadata."""
    return PushMetadata.issue(channel_arns=[CHANNEL], metadata=metadata)


@pytest.mark.parametrize("detail_type", list(BY_DETAIL_TYPE))
def test_there_is_a_readable_sample_of_every_command(detail_type: str) -> None:
    name = detail_type.lower().replace(" ", "-")

    command = parse_command(sample(f"command.{name}"))

    assert command.detail_type == detail_type


def test_every_command_about_a_channel_or_many_is_listed() -> None:
    models = BY_DETAIL_TYPE.items()

    assert set(ABOUT_CHANNELS) == {n for n, model in models if issubclass(model, ChannelCommand)}


def test_every_command_of_the_package_is_known_by_its_detail_type() -> None:
    modules = [import_module(f"ivskit.commands.{m.name}") for m in iter_modules(commands.__path__)]
    defined = {
        value
        for value in chain.from_iterable(vars(module).values() for module in modules)
        if isinstance(value, type) and issubclass(value, Command) and "detail_type" in vars(value)
    }

    assert {model.detail_type: model for model in defined} == BY_DETAIL_TYPE


def test_a_command_that_is_put_on_the_bus_is_read_as_it_was() -> None:
    command = rotate(if_live="proceed", max_age="2h")

    entry = command.entry("ivskit-dev")

    assert entry["EventBusName"] == "ivskit-dev"
    assert entry["Source"] == "ivskit.command"
    event = {"detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
    assert parse_command(event) == command


def test_a_command_reads_no_other_kind() -> None:
    event = sample("command.rotate-stream-key")

    assert RotateStreamKey.read(event) == parse_command(event)
    with pytest.raises(ValidationError, match="metadata"):
        PushMetadata.read(event)


def test_commands_issued_one_after_the_other_have_ids_of_their_own() -> None:
    assert rotate().command_id != rotate().command_id


@pytest.mark.parametrize("missing", ["command_id", "issued_at", "channel_arn"])
def test_a_command_without_what_it_needs_is_refused_by_name(missing: str) -> None:
    event = sample("command.rotate-stream-key")
    del event["detail"][missing]

    with pytest.raises(ValidationError, match=missing):
        parse_command(event)


def test_a_typing_error_in_a_field_does_not_change_the_meaning() -> None:
    with pytest.raises(ValidationError, match="if_life"):
        parse_command(sample("command.rotate-stream-key", if_life="proceed"))


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="issued_at"):
        parse_command(sample("command.rotate-stream-key", issued_at="2026-11-20T16:54:58"))


@pytest.mark.parametrize(
    "ways",
    [
        {},
        {"manifest": "s3://bucket/viewers.csv", "audience_of": [CHANNEL]},
        {"channel_arns": [CHANNEL]},
        {"viewer_ids": ["a"]},
        {"manifest": "https://bucket/viewers.csv"},
        {"viewers": []},
        {"viewers": [{"channel_arn": CHANNEL, "viewer_id": "v" * 41}]},
        {"viewers": [{"channel_arn": CHANNEL, "viewer_id": "v", "up_to_version": 2**31}]},
    ],
)
def test_viewers_to_revoke_are_named_in_exactly_one_way(ways: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RevokeViewers.issue(**ways)


@pytest.mark.parametrize(
    "ways",
    [
        {"viewers": [{"channel_arn": CHANNEL, "viewer_id": "v" * 40}]},
        {"channel_arns": [CHANNEL], "viewer_ids": ["a", "b"]},
        {"manifest": "s3://bucket/viewers.csv"},
        {"audience_of": [CHANNEL]},
    ],
)
def test_each_way_to_name_viewers_will_do(ways: dict[str, Any]) -> None:
    assert RevokeViewers.issue(**ways).detail_type == "Revoke Viewers"


def test_metadata_in_json_is_serialized_compactly() -> None:
    assert push({"poll": ["é", 1]}).metadata == '{"poll":["é",1]}'


@pytest.mark.parametrize("text", ["x", "x" * 1024, "é" * 512])
def test_metadata_may_have_1024_bytes(text: str) -> None:
    assert push(text).metadata == text


@pytest.mark.parametrize(("text", "size"), [("", 0), ("x" * 1025, 1025), ("😀" * 257, 1028)])
def test_metadata_is_measured_in_bytes_of_utf8(text: str, size: int) -> None:
    with pytest.raises(ValidationError, match=f"1 to 1024 bytes of UTF-8, not {size}"):
        push(text)


def test_metadata_shows_in_no_repr_and_no_error() -> None:
    with pytest.raises(ValidationError) as caught:
        push("private " * 200)

    assert "private" not in repr(push("private"))
    assert "private" not in str(caught.value)


@pytest.mark.parametrize(
    ("age", "from_archive", "fields", "reason"),
    [
        (timedelta(), False, {}, None),
        (timedelta(minutes=60), False, {}, None),
        (timedelta(minutes=61), False, {}, "max_age"),
        (timedelta(minutes=61), False, {"max_age": "2h"}, None),
        (timedelta(minutes=-5), False, {}, None),
        (timedelta(minutes=-6), False, {}, "issued_at"),
        (timedelta(), True, {}, "replayed"),
        (timedelta(), True, {"replayed": True}, None),
    ],
)
def test_an_old_or_replayed_command_must_not_cut_a_newer_show(
    age: timedelta, from_archive: bool, fields: dict[str, Any], reason: str | None
) -> None:
    late = too_late(rotate(**fields), now=NOW + age, from_archive=from_archive)

    assert (late or "").partition(":")[0] == (reason or "")
