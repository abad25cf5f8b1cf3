"""`ivskit recordings`, on what the function has indexed."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ivskit_cli.main import main
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from tests.index_recordings.conftest import SETTINGS
from tests.index_recordings.recorded import index, stream
from tests.pruned import pruned
from tests.worlds import ROOT, opener

DAY = timedelta(days=1)


@pytest.fixture
def run() -> Iterator[Run]:
    """One recording that has ended, and two days later one that goes on."""
    templates = pruned(synthesize(ROOT, SETTINGS), "index_recordings")
    with World(templates, project_root=ROOT) as world:
        spec = ChannelSpec.model_validate({"recording": {}})
        run = Run(world, {"show": spec, "quiet": ChannelSpec()}, folder=Path())
        stream(run)
        world.run_for(2 * DAY)
        stream(run)
        yield run


def test_recordings_are_shown_newest_first(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recordings", "show"]) == 0

    head, newer, older = capsys.readouterr().out.splitlines()
    assert head.split() == ["BEGAN", "STATUS", "LASTS", "STREAMS", "QUALITIES", "WHERE"]
    assert newer.split()[2:6] == ["recording", "-", "1", "-"]
    assert "  ended" in older
    assert "0:04:52" in older
    assert "720p, 480p, 360p, 160p" in older
    assert older.endswith("/media/hls/master.m3u8")


def test_since_leaves_out_what_is_older(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recordings", "show", "--since", "1d"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2

    assert main(["recordings", "quiet"]) == 0
    assert capsys.readouterr().out.startswith("quiet has no recordings since 2026-")


def test_one_that_was_taken_down_says_so(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.recordings.mark(index(run)[0], taken_down_by="cmd-1")
    assert main(["recordings", "show"]) == 0

    assert "ended, taken down" in capsys.readouterr().out


def test_programs_get_all_that_is_known(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recordings", "show", "--json"]) == 0

    newer, older = json.loads(capsys.readouterr().out)
    assert (newer["status"], older["status"]) == ("recording", "ended")
    assert older["renditions"][0] == {
        "playlist": f"{older['prefix']}/media/hls/720p30/playlist.m3u8",
        "width": 1280,
        "height": 720,
    }


def test_a_stage_without_the_index_says_what_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from tests.samples import CHANNEL, sample

    app = pruned(synthesize(ROOT), "stop_stream")
    with opener(app, sample("stream-state-change.stream-end"))():
        assert main(["recordings", CHANNEL]) == 1

    assert "and with recordings.index?" in capsys.readouterr().err
