"""`ivskit conform`: what it asks, prints, writes and merges."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivskit_cli.main import main
from tests.ivskit_local.conform.moto_beside import moto_server


@pytest.fixture(scope="module")
def moto_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with moto_server(tmp_path_factory.mktemp("moto")) as url:
        yield url


def test_the_emulator_in_this_process_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conform", "--only", "operations.GetCh*"]) == 0

    assert capsys.readouterr().out.splitlines()[-1].split() == ["all", "1", "0", "0"]


def test_another_emulator_differs_and_both_answers_are_said(
    moto_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    only = ["--only", "limits.CreateChannel.name.*", "--only", "limits.metadata.*"]

    assert main(["conform", "--endpoint", moto_url, "--name", "moto", *only]) == 1

    said = capsys.readouterr().out
    assert "✗ limits.CreateChannel.name.129-characters" in said
    assert "    service model: CreateChannel: 400 ValidationException\n    moto: 200\n" in said
    assert "· 4 skipped, needs a live stream: limits.metadata.1024-bytes" in said


def test_reports_of_two_endpoints_become_one_table(
    moto_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, moto, page = (tmp_path / name for name in ("ours.json", "moto.json", "table.html"))
    only = ["--only", "limits.CreateChannel.name.*"]
    main(["conform", *only, "--name", "ours", "--report", str(ours)])
    main(["conform", *only, "--endpoint", moto_url, "--name", "<moto>", "--report", str(moto)])
    capsys.readouterr()

    assert main(["conform", "merge", str(ours), str(moto), "--report", str(page)]) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["probes", "that", "agree", "ours", "<moto>"]
    assert lines[-1] == ["all", "2", "of", "2", "0", "of", "2"]
    html = page.read_text()
    assert "&lt;moto&gt;" in html
    assert "<moto>" not in html
    assert html.count('class="agrees"') == 2
    assert html.count('class="differs"') == 2


def test_a_report_has_both_answers_and_the_source(moto_url: str, tmp_path: Path) -> None:
    file = tmp_path / "moto.json"
    only = ["--only", "limits.CreateChannel.name.129-characters"]

    main(["conform", *only, "--endpoint", moto_url, "--report", str(file)])

    (row,) = json.loads(file.read_text())["probes"]
    assert row["source"] == "service model: CreateChannel"
    assert (row["result"], row["expected"], row["answer"]) == (
        "differs",
        "400 ValidationException",
        "200",
    )


def test_a_markdown_table_has_the_counts(tmp_path: Path) -> None:
    file = tmp_path / "table.md"

    main(["conform", "--only", "operations.GetChannel", "--name", "ours", "--report", str(file)])

    assert file.read_text().splitlines() == [
        "| group | ours |",
        "| --- | --- |",
        "| operations | 1 of 1 |",
        "| all | 1 of 1 |",
    ]


@pytest.mark.parametrize("verb", [["list"], ["list", "--only", "limits"]])
def test_the_probes_are_listed(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conform", *verb]) == 0

    said = capsys.readouterr().out
    assert said.splitlines()[0].split() == ["probe", "tests", "that", "source", "needs", "costs"]
    assert "limits.CreateChannel.name.129-characters" in said
    assert ("errors.GetStream.ChannelNotBroadcasting" in said) is (verb == ["list"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "nothing"], "--only: no probe is named nothing"),
        (["run", "x.json"], "run takes no file"),
        (["merge"], "merge takes reports"),
        (["merge", "no-such.json"], "no-such.json: No such file or directory"),
        (["--endpoint", "nowhere"], "--endpoint"),
        (["--only", "limits.name.128", "--report", "x.pdf"], "x.pdf must end with .html, .md"),
    ],
)
def test_wrong_usage_is_refused_in_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conform", *arguments]) == 2

    [line] = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize("text", ["no json", "{}", '{"endpoint": "x", "secret": 1}'])
def test_a_file_that_is_no_report_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)

    assert main(["conform", "merge", str(file)]) == 2

    assert "is no report of ivskit conform" in capsys.readouterr().err


def test_an_endpoint_that_does_not_answer_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    unused = "http://127.0.0.1:9"

    assert main(["conform", "--endpoint", unused, "--only", "operations.GetChannel"]) == 1

    [line] = capsys.readouterr().err.splitlines()
    assert "CreateChannel: Could not connect to the endpoint URL" in line
