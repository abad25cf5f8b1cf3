"""Stream keys stay out of everything that is printed."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from ivskit.commands import PushMetadata, RotateStreamKey
from ivskit.redaction import redact, redacted_errors

KEY = "sk_us-west-2_abcdABCDefgh_567890abcdef"


def test_a_stream_key_is_taken_out_wherever_it_stands() -> None:
    redacted = redact({"a": [f"key {KEY}!", 1, None], KEY: {"streamKey": "x", "metadata": "y"}})

    assert redacted == {
        "a": ["key sk_(removed)!", 1, None],
        "sk_(removed)": {"streamKey": "(removed)", "metadata": "(removed)"},
    }


def test_half_a_surrogate_pair_is_spelt_out() -> None:
    redacted = redact({"\ud800": ["a\udfffb", "\U0001f600"]})

    assert redacted == {r"\ud800": [r"a\udfffb", "\U0001f600"]}


@pytest.mark.parametrize("around", ["[%s]", '{"a":%s}'])
def test_what_is_nested_too_deep_is_cut_off(around: str) -> None:
    value = "1"
    for _ in range(900):
        value = around % value

    redacted = json.dumps(redact(json.loads(value)))
    assert redacted.count("(nested too deep)") == 1
    assert len(redacted) < 400


def test_an_error_about_what_is_nested_too_deep_shows_its_beginning() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    fields = {"channel_arns": [deep], "reason": deep, "metadata": deep, "colour": deep}
    with pytest.raises(ValidationError) as caught:
        PushMetadata.issue(**fields)

    lines = list(redacted_errors(caught.value))
    assert {line.partition(":")[0].partition(".")[0] for line in lines} == set(fields)
    assert any("metadata is nested too deep" in line for line in lines)
    assert all(len(line) <= 400 for line in lines)


def test_an_error_names_the_field_what_is_wrong_and_the_value() -> None:
    with pytest.raises(ValidationError) as caught:
        RotateStreamKey.issue(channel_arn="nonsense", reason="r" * 600)

    reason, channel = sorted(redacted_errors(caught.value), reverse=True)
    assert reason.startswith("reason: String should have at most 512 characters, not")
    assert channel.startswith("channel_arn: ")
    assert channel.endswith(', not "nonsense"')
    assert len(reason) < 300


def test_an_error_never_shows_metadata_or_a_stream_key() -> None:
    with pytest.raises(ValidationError) as caught:
        PushMetadata.issue(channel_arns=[KEY], metadata="private" * 200)

    redacted = " ".join(redacted_errors(caught.value))
    assert "metadata: " in redacted
    assert "private" not in redacted
    assert KEY not in redacted


def test_an_error_about_a_missing_field_does_not_repeat_the_whole_command() -> None:
    with pytest.raises(ValidationError) as caught:
        RotateStreamKey.model_validate({"command_id": "c"})

    assert all(", not " not in line for line in redacted_errors(caught.value))
