"""A stage on this machine, and a person who types commands to it."""

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from ivs_emulator.stream_keys import add_stream_key
from ivskit_cli.main import main
from ivskit_local.runtime.calls import Request
from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.world import World
from ivskit_local.scenarios.run import ChannelSpec, Run
from tests.worlds import ROOT

SECONDS = timedelta(seconds=1)
MANAGED = {"ivskit:managed": "true"}


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit status."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Stage:
    """A stage with channels, and the shell of a person."""

    run: Run
    capsys: pytest.CaptureFixture[str]

    @property
    def world(self) -> World:
        return self.run.world

    def type(self, line: str) -> Answer:
        """Run a line as it is typed into the shell, which takes a second."""
        self.world.run_for(SECONDS)
        name, *arguments = shlex.split(line)
        assert name == "ivskit"
        self.capsys.readouterr()
        code = main(arguments)
        return Answer(code, *self.capsys.readouterr())

    def go_live(self, channel: str) -> str:
        """An encoder goes live, with a key that somebody makes where there is none."""
        arn = self.run.arns[channel]
        key = self.run.key(channel) or add_stream_key(self.world.ivs, arn, {})
        return self.world.ivs.connect(key.value, None).stream_id

    def keep_logs(self) -> None:
        """Put what functions printed into their log groups, as Lambda does."""
        logs = self.world.client("logs")
        lines = defaultdict(list)
        for each in self.world.logs:
            lines[f"/ivskit/dev/{each.function}"].append(each.line)
        now = round(self.world.now.timestamp() * 1000)
        for group, texts in lines.items():
            logs.create_log_stream(logGroupName=group, logStreamName=f"until {now}")
            events = [{"timestamp": now, "message": text} for text in texts]
            logs.put_log_events(logGroupName=group, logStreamName=f"until {now}", logEvents=events)

    def deny(self, service: str, operation: str) -> None:
        """Refuse this call to the person."""

        def refuse(request: Request, *_: object) -> NoReturn:
            error = {"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}
            raise ClientError(error, request.operation)  # type: ignore[arg-type]

        self.world.gate.own[service, operation] = refuse

    def is_live(self, channel: str) -> bool:
        return self.world.ivs.live_session(self.run.arns[channel]) is not None


@contextmanager
def stage(
    templates: Templates,
    capsys: pytest.CaptureFixture[str],
    channels: Mapping[str, Mapping[str, str]],
) -> Iterator[Stage]:
    """A stage in a world of its own, in which time passes while a command waits."""
    specs = {name: ChannelSpec(tags=tags) for name, tags in channels.items()}
    with World(templates, project_root=ROOT) as world:

        def wait(seconds: float) -> None:
            world.run_for(seconds * SECONDS)

        clock = SimpleNamespace(sleep=wait)
        with (
            patch("ivskit_cli.sending.time", clock),
            patch("ivskit_cli.redriving.time", clock),
        ):
            yield Stage(Run(world, specs, folder=Path()), capsys)
