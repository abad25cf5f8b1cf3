"""Replaying events of any region, and of several accounts and regions."""

import json
import re
from pathlib import Path

import pytest
from botocore.session import get_session

from ivskit_cli.main import main
from tests.ivskit_local.replays import ROOT, document
from tests.samples import sample

pytestmark = pytest.mark.usefixtures("in_the_project")


README = (ROOT / "README.md").read_text()
REGIONS = re.findall(r"[a-z]+-[a-z]+-\d", re.findall(r"IVS is available in (.*)", README)[0])


def test_the_readme_names_every_region_of_ivs() -> None:
    assert sorted(REGIONS) == sorted(get_session().get_available_regions("ivs"))


def elsewhere(file: Path, name: str, **place: str) -> str:
    """A sample of another account or region, in a file."""
    event = sample(name)
    text = json.dumps(event)
    for field, value in place.items():
        text = text.replace(event[field], value)
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize("region", REGIONS)
def test_events_of_every_region_are_replayed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, region: str
) -> None:
    names = [
        "stream-state-change.stream-end",
        "limit-breach.concurrent-viewers",
        "command.push-metadata",
        "command.revoke-viewers",
        "schedule.sweep",
    ]
    files = [elsewhere(tmp_path / name, name, region=region) for name in names]

    report = document(capsys, *files)

    assert (report["dead_letters"], report["broken_invariants"]) == ([], [])
    assert {"Stream Key Rotated", "Viewers Revoked", "Metadata Pushed"} <= set(report["outcomes"])


def test_events_of_two_accounts_and_regions_have_a_world_each(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = "stream-state-change.stream-end"
    files = [
        elsewhere(tmp_path / "1", name),
        elsewhere(tmp_path / "2", name, account="210987654321"),
        elsewhere(tmp_path / "3", name, region="eu-west-1"),
        elsewhere(tmp_path / "4", name),
    ]

    assert main(["replay", "--json", *files]) == 0

    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert [event["sample"] for event in report["events"]] == [files[n] for n in (0, 3, 1, 2)]
    assert report["outcomes"]["Stream Key Rotated"] == 4
    assert report["virtual_seconds"] == 3 * 660
    assert printed.err == (
        "ivskit: events of 3 accounts and regions, each replayed in a world of its own\n"
    )
