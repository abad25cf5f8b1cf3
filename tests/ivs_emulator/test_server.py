"""The server: IVS for any SDK over HTTP, and `/_ivs/` beside it."""

import io
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from threading import Thread, main_thread
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

import ivs_emulator
from ivs_emulator import server as module
from ivs_emulator.operations import OPERATIONS
from ivs_emulator.server import Server, serve

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=1)


@pytest.fixture
def server(log: io.StringIO) -> Iterator[Server]:
    with Server(port=0, throttling=None, log=log) as running:
        yield running


@pytest.fixture
def remote(server: Server) -> Any:
    return boto3.client("ivs", "eu-west-1", endpoint_url=server.url, config=ONCE)


def control(server: Server, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(method, f"{server.url}/_ivs/{path}", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_story_over_http(server: Server, remote: Any, log: io.StringIO) -> None:
    made = remote.create_channel(name="show", tags={"a b": "ä"})
    arn = made["channel"]["arn"]
    assert arn.startswith("arn:aws:ivs:eu-west-1:123456789012:channel/")
    control(server, "POST", "encoders", {"streamKey": made["streamKey"]["value"]})
    control(server, "POST", "clock", {"advanceSeconds": 7})
    assert remote.get_stream(channelArn=arn)["stream"]["state"] == "LIVE"
    remote.put_metadata(channelArn=arn, metadata="secret")
    remote.stop_stream(channelArn=arn)
    control(server, "POST", "clock", {"advanceSeconds": 2})
    remote.untag_resource(resourceArn=arn, tagKeys=["a b"])
    with pytest.raises(remote.exceptions.ChannelNotBroadcasting):
        remote.get_stream(channelArn=arn)
    remote.delete_channel(arn=arn)

    names = [e["detail"]["event_name"] for e in control(server, "GET", "events")["events"]]
    assert names == ["Session Created", "Stream Start", "Stream End", "Session Ended"]
    lines = log.getvalue().splitlines()
    assert lines[0].startswith("POST /CreateChannel -> 200 (")
    assert any(line.startswith("POST /GetStream -> 404 ChannelNotBroad") for line in lines)
    assert len(lines) == 11
    assert "secret" not in log.getvalue()
    assert made["streamKey"]["value"] not in log.getvalue()


def test_a_body_from_curl_which_is_called_a_form_is_read_all_the_same(server: Server) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = requests.post(f"{server.url}/CreateChannel", '{"name": "n"}', headers=form, timeout=30)

    assert answer.json()["channel"]["name"] == "n"


def test_a_connection_is_kept_for_many_calls(server: Server) -> None:
    with requests.Session() as session:
        for _ in range(3):
            answer = session.post(f"{server.url}/ListChannels", timeout=30)
            assert answer.json() == {"channels": []}
            assert answer.headers.get("Connection") != "close"


def test_what_is_due_happens_as_time_passes_even_if_nobody_calls(
    server: Server, remote: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = remote.create_channel()
    there = ivs_emulator.backend("123456789012", "eu-west-1")
    there.timing.to_start *= 0
    received: list[Any] = []
    there.subscribe(received.append)
    there.connect(made["streamKey"]["value"])
    deadline = time.monotonic() + 5
    while len(received) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)

    assert [e["detail"]["event_name"] for e in received] == ["Session Created", "Stream Start"]


def test_a_dropped_connection_and_a_time_out_give_no_answer(
    server: Server, remote: Any, log: io.StringIO
) -> None:
    faults = [
        {"kind": "drop", "operation": "ListChannels"},
        {"kind": "timeout", "operation": "ListStreams", "seconds": 1.5},
    ]
    control(server, "PUT", "faults", {"faults": faults})

    with pytest.raises(ConnectionClosedError):
        remote.list_channels()
    with pytest.raises(ReadTimeoutError):
        remote.list_streams()

    assert "POST /ListChannels -> no answer ConnectionDropped" in log.getvalue()
    assert remote.list_tags_for_resource  # the client is still of use
    control(server, "PUT", "faults", {"faults": []})
    assert remote.list_channels()["channels"] == []


def test_a_region_without_ivs_is_refused(server: Server) -> None:
    remote = boto3.client("ivs", "us-east-2", endpoint_url=server.url, config=ONCE)

    with pytest.raises(remote.exceptions.ValidationException, match="IVS is not in us-east-2"):
        remote.list_channels()


def test_bad_input_to_the_control_routes_is_a_400(server: Server) -> None:
    answer = requests.post(f"{server.url}/_ivs/clock?x=y", data="{", timeout=30)

    assert (answer.status_code, answer.json()["message"]) == (400, "The body must be JSON.")


def test_a_bug_of_the_emulator_is_reported_to_the_caller_and_in_the_log(
    server: Server, remote: Any, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OPERATIONS, "ListChannels", lambda _: {"channels": 1 // 0})

    with pytest.raises(ClientError, match="see its log"):
        remote.list_channels()

    assert "ZeroDivisionError" in log.getvalue()
    assert remote.list_streams()["streams"] == []


def test_each_server_begins_with_an_empty_world_and_ends_it(log: io.StringIO) -> None:
    for _ in range(2):
        with Server(port=0, log=log) as server:
            remote = boto3.client("ivs", "eu-west-1", endpoint_url=server.url)
            assert remote.list_channels()["channels"] == []
            remote.create_channel()
    ivs_emulator.install()

    assert ivs_emulator.backend("123456789012", "eu-west-1").channels == {}


def key_of(server: Server) -> str:
    remote = boto3.client("ivs", "eu-west-1", endpoint_url=server.url)
    return str(remote.create_channel()["streamKey"]["value"])


def test_no_server_and_no_reset_hands_out_a_key_twice(log: io.StringIO) -> None:
    keys = []
    for _ in range(2):
        with Server(port=0, log=log) as server:
            keys.append(key_of(server))
            control(server, "POST", "reset")
            keys.append(key_of(server))
            stale = requests.post(
                f"{server.url}/_ivs/encoders", json={"streamKey": keys[-2]}, timeout=30
            )

    assert len(set(keys)) == 4
    assert (stale.status_code, stale.json()["message"]) == (409, "no channel has this stream key")


def test_with_a_seed_keys_repeat_after_a_reset_and_in_the_next_server(log: io.StringIO) -> None:
    keys = []
    for seed in (1, 1, 2):
        with Server(port=0, seed=seed, log=log) as server:
            keys.append(key_of(server))
            control(server, "POST", "reset")
            keys.append(key_of(server))

    assert len(set(keys[:4])) == 1
    assert keys[4] == keys[5] != keys[0]


def test_after_a_server_ids_in_process_are_those_of_the_account_and_region_again(
    log: io.StringIO, backend: ivs_emulator.IVSBackend, ivs: Any
) -> None:
    before = ivs.create_channel()["channel"]["arn"]
    with Server(port=0, log=log):
        pass
    ivs_emulator.install()

    assert ivs.create_channel()["channel"]["arn"] == before


def test_a_server_that_is_over_leaves_no_connection_open(log: io.StringIO) -> None:
    with requests.Session() as session, Server(port=0, log=log) as server:
        session.get(f"{server.url}/_ivs/health", timeout=30)
        server.__exit__()

        with pytest.raises(requests.ConnectionError):
            session.get(f"{server.url}/_ivs/health", timeout=30)


def test_a_server_listens_to_ipv6_too(log: io.StringIO) -> None:
    with Server("::1", 0, log=log) as server:
        assert server.url.startswith("http://[::1]:")
        assert requests.get(f"{server.url}/_ivs/health", timeout=30).status_code == 200


def test_a_stream_key_in_a_path_does_not_reach_the_log(server: Server, log: io.StringIO) -> None:
    requests.get(f"{server.url}/_ivs/encoders/sk_us-west-2_abc_def?priority=1", timeout=30)

    assert "GET /_ivs/encoders/sk_***?priority=1 -> 404" in log.getvalue()


def test_time_goes_on_by_itself_after_an_action_that_raised(
    server: Server, remote: Any, log: io.StringIO
) -> None:
    def broken(_: datetime) -> None:
        raise ZeroDivisionError

    arn = remote.create_channel()["channel"]["arn"]
    there = ivs_emulator.backend("123456789012", "eu-west-1")
    there.timing.to_start *= 0
    there.agenda.add(there.now(), broken)
    deadline = time.monotonic() + 5
    while "ZeroDivisionError" not in log.getvalue() and time.monotonic() < deadline:
        time.sleep(0.01)
    control(server, "POST", "encoders", {"channelArn": arn})
    while len(there.events) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)

    assert [e["detail"]["event_name"] for e in there.events] == ["Session Created", "Stream Start"]
    (failure,) = control(server, "GET", "failures")["failures"]
    assert failure["error"].startswith("ZeroDivisionError")


def test_the_server_throttles_by_default(log: io.StringIO) -> None:
    with Server(port=0, log=log) as server:
        remote = boto3.client("ivs", "eu-west-1", endpoint_url=server.url, config=ONCE)
        for _ in range(3):
            remote.list_recording_configurations()
        with pytest.raises(remote.exceptions.ThrottlingException):
            remote.list_recording_configurations()


def test_serve_says_how_to_use_it_and_stops_when_interrupted(
    log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: Server) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "wait", interrupt)
    serve(port=0, log=log)

    first, last = log.getvalue().splitlines()
    assert first.startswith("IVS is ready: AWS_ENDPOINT_URL_IVS=http://127.0.0.1:")
    assert last == "Stopped."


def test_waiting_ends_with_the_server(log: io.StringIO) -> None:
    server = Server(port=0, log=log)
    with server:
        waiting = Thread(target=server.wait)
        waiting.start()
    waiting.join(5)

    assert not waiting.is_alive()
    assert main_thread().is_alive()


def test_as_a_process_it_is_ready_soon_and_stops_cleanly_on_ctrl_c() -> None:
    code = "from ivs_emulator.server import serve; serve(port=0)"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    assert process.stderr
    line = process.stderr.readline()
    url = line.strip().rpartition("=")[2]
    answer = requests.post(f"{url}/ListChannels", timeout=30)
    process.send_signal(2)
    rest = process.communicate(timeout=10)[1]

    assert answer.status_code == 200
    assert process.returncode == 0
    assert rest.splitlines()[-1] == "Stopped."
    assert "Traceback" not in rest
    assert module.TICK_SECONDS < 1


# The kernel gives the signal to a thread that does not wait, as it may give any.
ELSEWHERE = """
import signal, threading, time
from ivs_emulator.server import Server, serve

wait = Server.wait

def wait_and_be_ended(server):
    def end():
        time.sleep(0.2)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    threading.Thread(target=end, daemon=True).start()
    wait(server)

Server.wait = wait_and_be_ended
serve(port=0)
"""


def test_a_signal_that_interrupts_no_wait_ends_it_too() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, timeout=60, check=True
    )

    assert ended.stderr.splitlines()[-1] == "Stopped."
