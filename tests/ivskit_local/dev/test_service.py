"""The service as its page and its users meet it."""

import json
import socket
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from ivskit_cli.main import main
from tests.ivskit_local.dev.services import IVSKIT, ROOT, Service, service

MANAGED = {"ivskit:managed": "true"}


@pytest.fixture(scope="module")
def dev() -> Iterator[Service]:
    """One that is paused, so that time passes only as a test says."""
    with service("--paused", "--seed", "1") as running:
        yield running


def test_a_blocked_stream_stays_down_and_its_story_is_saved(dev: Service, tmp_path: Path) -> None:
    arn = dev.post("/_ivs/channels", {"name": "show", "tags": MANAGED})["arn"]
    assert dev.step("go live", arn, reconnect_after="5s")["refused"] is None
    dev.time(jump="1m")
    assert dev.channel("show")["status"] == "live"

    dev.command("Stop Stream", "show", then="block", reason="against the rules")
    dev.time(jump="2m")
    assert (dev.channel("show")["status"], dev.channel("show")["blocked"]) == ("offline", True)
    refused = dev.step("go live", "show", key="first")
    assert "stream key" in refused["refused"]

    dev.time(jump="1h")
    dev.command("Unblock Channel", "show")
    dev.time(jump="1m")
    assert not dev.channel("show")["blocked"]
    assert dev.step("go live", "show")["refused"] is None
    dev.time(jump="1m")

    file = tmp_path / "recorded.json"
    file.write_text(json.dumps(dev.get("/_ivs/scenario")))
    assert main(["replay", str(file)]) == 0


def test_time_goes_to_the_next_due_thing_and_back(dev: Service) -> None:
    dev.post("/_ivs/channels", {"name": "back", "tags": MANAGED})
    before = dev.get("/_ivs/state")
    dev.time(jump="1s")
    dev.step("go live", "back")
    then = dev.time(step=True)["now"]
    dev.time(jump="10m")
    assert dev.channel("back")["status"] == "live"

    dev.time(restart_from=before["now"])

    after = dev.get("/_ivs/state")
    assert then > before["now"]
    assert (after["now"], after["channels"]) == (before["now"], before["channels"])
    assert after["generation"] == before["generation"] + 1
    assert after["clock"]["paused"] is True


def test_time_follows_the_clock_as_fast_as_wanted(dev: Service) -> None:
    dev.time(speed=600)
    begun = datetime.fromisoformat(dev.get("/_ivs/health")["now"])
    passed = timedelta()
    while passed < timedelta(minutes=1):
        passed = datetime.fromisoformat(dev.get("/_ivs/health")["now"]) - begun
    dev.time(paused=True)
    first, second = dev.get("/_ivs/health"), dev.get("/_ivs/health")

    assert first["now"] == second["now"]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("/_ivs/steps", "{", "the body is not JSON"),
        ("/_ivs/steps", [], "must be a JSON object, not list"),
        ("/_ivs/steps", {"do": "fly"}, "'fly'"),
        ("/_ivs/steps", {"do": "go live", "channel": "nobody"}, "no channel 'nobody'"),
        ("/_ivs/steps", {"do": "deliver", "file": "/etc/passwd"}, "a step of scenarios only"),
        ("/_ivs/channels", {"name": "a b"}, "name: "),
        ("/_ivs/channels", {"name": "x", "has_key": 3}, "has_key: "),
        ("/_ivs/time", {}, "say one of"),
        ("/_ivs/time", {"back": "1h"}, "there is no back"),
        ("/_ivs/time", {"jump": "1y"}, "jump: "),
        ("/_ivs/time", {"jump": "400d"}, "31 days"),
        ("/_ivs/time", {"speed": 0}, "speed: "),
        ("/_ivs/time", {"paused": "yes"}, "paused: "),
        ("/_ivs/time", {"to": "noon"}, "to: "),
        ("/_ivs/time", {"restart_from": "2020-01-01T00:00:00Z"}, "restart_from: "),
    ],
)
def test_a_bad_request_gets_a_sentence(dev: Service, path: str, value: object, says: str) -> None:
    answer = dev.ask("POST", path, value)

    assert answer.status == 400
    assert says in answer.value["message"]


def test_it_answers_to_this_machine_and_its_own_page_only(dev: Service) -> None:
    assert dev.ask("GET", "/_ivs/state", Host="attacker.example").status == 403
    assert dev.ask("GET", "/", Host="attacker.example").status == 403
    assert dev.ask("POST", "/_ivs/time", {"step": True}, Origin="http://a.example").status == 403
    assert dev.ask("GET", "/_ivs/state", Origin=dev.url).status == 200
    assert dev.ask("GET", "/_ivs/nothing").status == 404


def test_a_taken_port_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [str(IVSKIT), "dev", "--port", port]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"port {port}: Address already in use" in ended.stderr


def test_each_event_goes_to_the_webhook_of_an_application() -> None:
    taken: Queue[str] = Queue()

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["content-length"])))
            taken.put(event["detail"]["event_name"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Webhook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/events"
        with service("--paused", "--forward-to", url) as forwarding:
            forwarding.post("/_ivs/channels", {"name": "show"})
            forwarding.step("go live", "show")
            forwarding.time(jump="1m")
            names = [taken.get(timeout=20) for _ in range(2)]
        server.shutdown()

    assert names == ["Session Created", "Stream Start"]
