"""The night on call of the documentation, typed line by line."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ivskit_local.runtime.synth import synthesize
from tests.ivskit_cli.stages import MANAGED, SECONDS, Stage, stage
from tests.worlds import ROOT

PAGE = ROOT / "docs" / "command-line.md"
# What differs from run to run: ids stand for the same thing throughout, times for any.
IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|st-\w{20,}|AbCdef1G2hij")
TIMES = re.compile(r"\d\d:\d\d:\d\d")


def steps() -> Iterator[tuple[str, list[str]]]:
    """Each line that is typed, and the lines that follow it on the page."""
    night = PAGE.read_text().partition("## A night on call\n")[2].partition("\n## ")[0]
    for block in re.findall(r"^```console\n(.*?)^```", night, re.MULTILINE | re.DOTALL):
        for typed in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *shown = typed.splitlines()
            yield line, shown


class Meaning:
    """What the ids of the page are in this night."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def of(self, line: str) -> str:
        """The line as it is typed in this night."""
        return IDS.sub(lambda found: self.ids.get(found[0], found[0]), line)

    def check(self, shown: str, said: str) -> None:
        """Compare a line of the page with what was said, and note what its ids are."""
        found = re.fullmatch(self._pattern(shown), _plain(said))
        assert found is not None, f"the page says {shown!r}, and the program {said!r}"
        for name, value in zip(IDS.findall(shown), found.groups(), strict=True):
            assert self.ids.setdefault(name, value) == value

    def _pattern(self, shown: str) -> str:
        escaped = re.escape(_plain(shown))
        with_ids = re.sub(
            "|".join(re.escape(re.escape(each)) for each in IDS.findall(shown)) or "(?!)",
            r"([\\w-]+)",
            escaped,
        )
        return TIMES.sub(r"\\d\\d:\\d\\d:\\d\\d", with_ids)


def _plain(line: str) -> str:
    """Without the widths of columns."""
    return re.sub(r" {2,}", "  ", line)


@pytest.fixture
def night(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Stage]:
    """A block that failed ten times, until the role was repaired."""
    monkeypatch.chdir(tmp_path)
    with stage(synthesize(ROOT), capsys, {"show": MANAGED}) as there:
        there.go_live("show")
        there.world.run_for(29 * SECONDS)
        fault = there.world.gate.fault(
            "dynamodb", "UpdateItem", "AccessDeniedException", 400, times=10_000
        )
        there.type("ivskit block show")
        there.world.run_for(timedelta(minutes=21))
        fault.left = 0
        there.keep_logs()
        yield there


def test_the_page_shows_what_the_program_says(night: Stage) -> None:
    meaning = Meaning()
    verbs = []
    for line, shown in steps():
        answer = night.type(meaning.of(line))
        said = answer.out.splitlines()
        assert answer.err == ""
        assert len(said) == len(shown) > 0
        for one, other in zip(shown, said, strict=True):
            meaning.check(one, other)
        verbs.append(line.split()[1])

    assert verbs == [
        "dead-letters",
        "dead-letters",
        "why",
        "stop",
        "dead-letters",
        "audit",
        "unblock",
    ]
    assert night.world.dead_letters() == []
    night.world.run_for(5 * SECONDS)
    assert night.run.key("show") is not None
