"""A look inside over HTTP: metadata, failures and health."""

import io
from datetime import datetime, timedelta
from typing import Any

import ivs_emulator

from .conftest import NOW, Ask


def test_metadata_that_arrived_can_be_read(
    there: ivs_emulator.IVSBackend, ask: Ask, ivs: Any, arn: str, live: Any, clock: Any
) -> None:
    ivs.put_metadata(channelArn=arn, metadata='{"goal": 1}')
    other = ivs.create_channel()["channel"]["arn"]
    ask("POST", "encoders", {"channelArn": other})
    clock.pass_by(7)
    ivs.put_metadata(channelArn=other, metadata="ünï")

    first, second = ask("GET", "metadata")[1]["metadata"]

    assert first == {
        "at": "2026-11-20T16:00:07Z",
        "channelArn": arn,
        "streamId": live.stream_id,
        "metadata": '{"goal": 1}',
    }
    assert (second["channelArn"], second["metadata"]) == (other, "ünï")
    assert ask("GET", f"metadata/{other[-12:]}") == (200, {"metadata": [second]})
    assert ask("GET", "metadata/x") == (400, {"message": 'There is no channel "x".'})


def test_an_error_of_a_due_action_is_shown_and_logged_and_time_goes_on(
    there: ivs_emulator.IVSBackend, ask: Ask, ivs: Any, arn: str, log: io.StringIO
) -> None:
    def broken(_: datetime) -> None:
        raise KeyError("sk_us-west-2_abc_def")

    there.agenda.add(NOW + timedelta(seconds=3), broken, arn, "st-x")
    ask("POST", "encoders", {"channelArn": arn})

    assert ask("POST", "clock", {"advanceSeconds": 7})[0] == 200

    assert ask("GET", "failures")[1] == {
        "failures": [
            {
                "at": "2026-11-20T16:00:03Z",
                "about": (arn, "st-x"),
                "error": "KeyError: 'sk_***'",
            }
        ]
    }
    assert ask("GET", "health")[1] == {"status": "ok", "now": "2026-11-20T16:00:07Z", "failures": 1}
    assert "in broken" in log.getvalue()
    assert ivs.get_stream(channelArn=arn)["stream"]["state"] == "LIVE"
    ask("POST", "reset")
    assert ask("GET", "failures")[1] == {"failures": []}


def test_a_subscriber_that_raises_stops_no_time(
    there: ivs_emulator.IVSBackend, ask: Ask, ivs: Any, arn: str
) -> None:
    def deaf(_: dict[str, Any]) -> None:
        raise ValueError("not published")

    ask("POST", "encoders", {"channelArn": arn})
    there.subscribe(deaf)

    ask("POST", "clock", {"advanceSeconds": 7})

    assert ask("GET", "health")[1]["failures"] == 1
    assert ivs.get_stream(channelArn=arn)["stream"]["state"] == "LIVE"


def test_what_only_looks_takes_no_input(there: ivs_emulator.IVSBackend, ask: Ask) -> None:
    for path in ("encoders", "events", "calls", "metadata", "failures", "health", "quotas"):
        assert ask("GET", path, {"x": 1}) == (400, {"message": "x is not known here; none is."})
