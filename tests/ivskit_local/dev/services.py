"""`ivskit dev` as an installed program, and what a page asks of it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[3]
IVSKIT = Path(sys.executable).with_name("ivskit")


@dataclass(frozen=True)
class Answer:
    """A status and a JSON value, or a text."""

    status: int
    value: Any


@dataclass(frozen=True)
class Service:
    """A running one."""

    url: str
    process: subprocess.Popen[str]

    def ask(self, method: str, path: str, value: Any = None, **headers: str) -> Answer:
        """Send a request with a JSON value, or with a text as it is."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        body = value if isinstance(value, str) else json.dumps(value) if value is not None else None
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        is_json = "json" in (response.headers["content-type"] or "")
        return Answer(response.status, json.loads(text) if is_json else text)

    def get(self, path: str, **headers: str) -> Any:
        """What is there; it must be well."""
        answer = self.ask("GET", path, **headers)
        assert answer.status == 200, answer
        return answer.value

    def post(self, path: str, value: Any) -> Any:
        """What came of it; it must be well."""
        answer = self.ask("POST", path, value)
        assert answer.status == 200, answer
        return answer.value

    def step(self, do: str, channel: str | None = None, **fields: Any) -> Any:
        """A step of a scenario."""
        about = {} if channel is None else {"channel": channel}
        return self.post("/_ivs/steps", {"do": do, **about, **fields})

    def command(self, name: str, channel: str, **detail: Any) -> Any:
        """A command about a channel."""
        return self.step("command", channel, command=name, detail=detail)

    def time(self, **wanted: Any) -> Any:
        """Move the time."""
        return self.post("/_ivs/time", wanted)

    def channel(self, name: str) -> Any:
        """The state of a channel."""
        return next(one for one in self.get("/_ivs/state")["channels"] if one["name"] == name)


@contextmanager
def service(*options: str) -> Iterator[Service]:
    """Start one on a port that is free, and end it as Ctrl-C does."""
    command = [str(IVSKIT), "dev", "--port", "0", *options]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            [url] = [
                line.split()[-1].partition("=")[2]
                for line in (process.stderr.readline(), process.stderr.readline())
                if "AWS_ENDPOINT_URL" in line
            ]
            yield Service(url, process)
        finally:
            process.send_signal(2)
            process.wait(20)
