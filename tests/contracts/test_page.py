"""docs/contracts.md, followed: its commands, its stack, and its module under Node."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import aws_cdk
import pytest
from jsonschema import Draft202012Validator

from ivskit_local.contracts.schemas import slug
from ivskit_local.runtime.synth import synthesize
from ivskit_local.runtime.world import World
from tests.aws_commands import asked
from tests.contracts.modules import HERE, Node
from tests.pruned import pruned
from tests.samples import CHANNEL, SCHEMAS, sample
from tests.worlds import ROOT, OpenWorld, opener

PAGE = (ROOT / "docs" / "contracts.md").read_text()
# What the page's files hold, by their names.
FILES = dict(re.findall(r"^\*\*`(.+?)`\*\*\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
*SUBSCRIBE, RECEIVE = re.findall(r"^aws .+$", PAGE, re.MULTILINE)
[BUILD] = re.findall(r"^npx .+$", PAGE, re.MULTILINE)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def app(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module of the page, type-checked and built beside ivskit.js."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(node.packages / "node_modules")
    (folder / "stop.ts").write_text(FILES["stop.ts"])
    _, _, _, package, _, source, *options = shlex.split(BUILD)
    pinned = json.loads((HERE / "package.json").read_text())["dependencies"]["typescript"]
    assert package == f"typescript@{pinned}"
    node.compile(ROOT / source, *options[:-1], folder)
    node.compile(folder / "stop.ts", "--strict", "--skipLibCheck", "--target", "es2022")
    return folder / "stop.js"


@pytest.fixture
def open_world() -> OpenWorld:
    """Opens worlds in the present, since Node has its own clock."""
    templates = pruned(synthesize(ROOT), "rotate_stream_key", "stop_stream")
    return opener(templates, sample("stream-state-change.stream-end"))


def follow(world: World, command: str) -> Any:
    """What AWS answers to a command of the page."""
    call = asked(shlex.split(command), FILES)
    return getattr(world.client(call.service), call.method)(**call.parameters)


def served(world: World, use: Callable[[Mapping[str, str]], Any]) -> Any:
    """What comes of one PutEvents from elsewhere; `use` gets the environment that leads here."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["X-Amz-Target"] == "AWSEvents.PutEvents"
            parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = world.client("events").put_events(**parameters)
            text = json.dumps({name: answer[name] for name in ("FailedEntryCount", "Entries")})
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server, ThreadPoolExecutor(1) as elsewhere:
        server.timeout = 60
        url = f"http://127.0.0.1:{server.server_port}"
        given = elsewhere.submit(use, {"AWS_ENDPOINT_URL_EVENTBRIDGE": url})
        # A world answers only the thread that runs it.
        server.handle_request()
        return given.result()


def test_the_readme_shows_the_rule_of_the_page() -> None:
    _, _, section = (ROOT / "README.md").read_text().partition("\n### Outcomes\n")
    blocks = re.findall(
        r"^```\w*\n(.*?)^```$", section.partition("\n### ")[0], re.DOTALL | re.MULTILINE
    )
    lines = {line.strip() for line in PAGE.splitlines()}

    assert len(blocks) == 2
    assert {line.strip() for line in "".join(blocks).splitlines()} <= lines


def test_a_stop_from_node_is_answered_in_the_queue_of_the_page(
    node: Node, app: Path, open_world: OpenWorld
) -> None:
    with open_world(start=datetime.now(UTC)) as world:
        for command in SUBSCRIBE:
            follow(world, command)
        [key] = world.ivs.keys_of(CHANNEL)
        world.ivs.connect(key.value)
        world.run_for(MINUTE)

        call = json.dumps([["stop", CHANNEL, "breaks our rules"]])
        [command_id] = served(
            world, lambda to_here: node.run("call.mjs", app, call, environment=to_here)
        )
        world.run_for(MINUTE)

        [message] = follow(world, RECEIVE)["Messages"]

    event = json.loads(message["Body"])
    schema = SCHEMAS / "outcomes" / f"{slug(event['detail-type'])}.json"
    Draft202012Validator(json.loads(schema.read_text())).validate(event)
    assert (event["detail"]["cause"], event["detail"]["sender"]) == (command_id, "moderation")
    assert node.run("call.mjs", app, json.dumps([["sentence", message["Body"]]])) == [
        f"{CHANNEL} was stopped, and is kept out by: block"
    ]


def test_the_stack_of_the_page_gets_what_the_commands_get(open_world: OpenWorld) -> None:
    namespace: dict[str, Any] = {"__name__": "stop_answers"}
    exec(compile(FILES["stop_answers.py"], "stop_answers.py", "exec"), namespace)
    stacks = aws_cdk.App()
    namespace["StopAnswers"](stacks, "stop-answers", stage="dev")
    template = stacks.synth().get_stack_by_name("stop-answers").template

    with open_world() as world:
        world.deploy({"stop-answers": template})
        queue_urls = world.client("sqs").list_queues()["QueueUrls"]
        [queue_url] = [each for each in queue_urls if "/stop-answers" in each]
        world.deliver(
            sample("command.stop-stream", issued_at=world.now.isoformat(), sender="moderation")
        )
        other = {"command_id": "another", "sender": "jane"}
        world.deliver(sample("command.stop-stream", issued_at=world.now.isoformat(), **other))
        world.run_for(MINUTE)
        [message] = world.client("sqs").receive_message(QueueUrl=queue_url)["Messages"]

    assert json.loads(message["Body"])["detail-type"] == "Stop Skipped"
