"""How a stage stands: take-downs, restrictions, recordings, health and quotas."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from ivskit_local.dev.saved import scenario_of
from ivskit_local.dev.stage import Setup, Stage
from ivskit_local.runtime.synth import synthesize
from tests.pruned import pruned
from tests.worlds import ROOT, START

MANAGED = {"ivskit:managed": "true"}
MINUTES = timedelta(minutes=1)
# As scenarios have them, so that their templates serve.
INDEXED = {"recordings": {"index": True, "buckets": ["recordings"]}}
HEALTH = {
    "policy": {
        "health": {
            "ingest_bitrate": {"below": 500000, "for": "5m", "then": "kick"},
            "keyframe_interval": {"above": 4, "for": "5m"},
        }
    }
}
WATCHED = {"sweep": {"watch_quotas": True, "every": "20m"}}


@contextmanager
def staged(settings: Mapping[str, Any], *packages: str) -> Iterator[Stage]:
    """A stage with these functions, and a managed channel that is recorded."""
    app = pruned(synthesize(ROOT, settings), "stop_stream", *packages)
    with Stage(Setup(app, ROOT, 1, START)) as stage:
        stage.create({"name": "show", "tags": MANAGED, "recording": {}})
        yield stage


def step(stage: Stage, do: str, channel: str | None = "show", **fields: Any) -> None:
    """A step, and ten seconds."""
    about = {"channel": channel} if channel else {}
    assert stage.step({"do": do, **about, **fields}).refused is None
    wait(stage, MINUTES / 6)


def wait(stage: Stage, span: timedelta) -> None:
    """So much time passes."""
    stage.advance(stage.now + span, enough=lambda: False)


def shown(stage: Stage) -> dict[str, Any]:
    """The only channel."""
    [channel] = stage.facts.state()["channels"]
    found: dict[str, Any] = channel
    return found


def test_a_take_down_shows_on_the_channel_and_on_its_recording() -> None:
    functions = ("take_down", "restrict_playback", "index_recordings")
    with staged(INDEXED, *functions) as stage:
        step(stage, "go live")
        wait(stage, MINUTES)
        [recording] = stage.facts.state()["recordings"]
        assert (recording["status"], recording["taken_down_by"]) == ("recording", None)
        assert (shown(stage)["taken_down"], shown(stage)["restricted"]) == (False, None)

        step(stage, "command", command="Take Down", id="down", detail={"countries": ["DE", "AT"]})
        wait(stage, MINUTES)
        [recording] = stage.facts.state()["recordings"]
        assert (recording["status"], recording["taken_down_by"]) == ("ended", "down")
        assert recording["bucket"] == "recordings"
        assert (shown(stage)["blocked"], shown(stage)["taken_down"]) == (True, True)
        assert shown(stage)["restricted"] == "AT, DE"
        assert scenario_of(stage)["channels"]["show"]["recording"] == {}


def test_a_restriction_of_a_live_channel_waits_for_the_end_of_its_stream() -> None:
    with staged({}, "restrict_playback") as stage:
        step(stage, "go live")
        step(stage, "command", command="Restrict Playback", detail={"countries": ["DE"]})
        assert (shown(stage)["restricted"], shown(stage)["restriction_waits"]) == (None, True)

        step(stage, "hang up")
        wait(stage, MINUTES)
        assert (shown(stage)["restricted"], shown(stage)["restriction_waits"]) == ("DE", False)


def test_without_an_index_there_are_no_recordings() -> None:
    with staged({}) as stage:
        assert stage.facts.state()["recordings"] is None


def test_an_unhealthy_stream_shows_its_metric_until_it_is_healthy_again() -> None:
    with staged(HEALTH, "reconcile_streams") as stage:
        step(stage, "go live")
        step(stage, "send", keyframe_interval=8)
        wait(stage, 12 * MINUTES)
        assert shown(stage)["unhealthy"] == ["keyframe interval"]

        step(stage, "send", keyframe_interval=2)
        wait(stage, 12 * MINUTES)
        assert shown(stage)["unhealthy"] == []


def test_each_quota_shows_its_use_and_when_it_is_full() -> None:
    with staged(WATCHED, "reconcile_streams") as stage:
        step(stage, "limit streams", None, streams=4)
        for number in range(3):
            stage.create({"name": f"show-{number}"})
            wait(stage, 15 * MINUTES)
            step(stage, "go live", f"show-{number}")
            step(stage, "watch", f"show-{number}", viewers=1000)
        wait(stage, 2 * MINUTES)
        quotas = {each["quota"]: each for each in stage.facts.state()["quotas"]}

        streams, viewers = quotas["concurrent streams"], quotas["concurrent viewers"]
        assert (streams["used"], streams["of"], streams["is_near"]) == (3, 4, False)
        assert 10 * 60 < streams["full_in_seconds"] < 25 * 60
        assert viewers["used"] == 3000
        assert 10_000 < viewers["full_in_seconds"] < 11_500
        assert quotas["recording configurations"]["used"] == 1
        assert quotas["playback key pairs"]["full_in_seconds"] is None

        step(stage, "limit streams", None, streams=0)
        [full] = [each for each in stage.facts.state()["quotas"] if each["is_near"]]
        assert (full["quota"], full["full_in_seconds"]) == ("concurrent streams", 0.0)
