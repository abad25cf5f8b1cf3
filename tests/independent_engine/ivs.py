"""IVS beside MiniStack: our emulator, behind the roles and in front of the rules of MiniStack."""

import json
import queue
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

import ivs_emulator
from ivs_emulator.connections import Answer, Application, BadRequest, Request
from ivs_emulator.control import PREFIX
from ivs_emulator.server import Server
from ivs_emulator.service_model import operation_at
from ivskit_local.runtime.permission_table import needed
from ivskit_local.runtime.permissions import Permission, Place
from tests.independent_engine.ministack import ACCOUNT, REGION, ROOT_KEY, MiniStack
from tests.independent_engine.steps import check, until

PLACE = Place(ACCOUNT, REGION)


class Ivs:
    """The emulator: its API's client, encoders, and the events that it sends."""

    def __init__(self, server: Server) -> None:
        self.roles = Roles(server.application)
        server.application = self.roles  # type: ignore[assignment]
        self.url = server.url
        self.backend = ivs_emulator.backend(ACCOUNT, REGION)
        self.backend.timing.to_start = timedelta(0)
        self.client = boto3.client(
            "ivs",
            REGION,
            endpoint_url=server.url,
            aws_access_key_id=ROOT_KEY,
            aws_secret_access_key=ROOT_KEY,
        )
        self._keys: set[str] = set()
        self._sent: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.backend.subscribe(self._sent.put)

    def make_channel(self, name: str, *, private: bool = False, **tags: str) -> str:
        """The ARN of a new channel that ivskit manages; tags: the rest of `ivskit:…`."""
        tagged = {f"ivskit:{tag.replace('_', '-')}": value for tag, value in tags.items()}
        made = self.client.create_channel(
            name=name, authorized=private, tags={"ivskit:managed": "true", **tagged}
        )
        return str(made["channel"]["arn"])

    def key_of(self, channel_arn: str) -> str:
        """The value of the channel's one key; print it nowhere."""
        keys = self.backend.keys_of(channel_arn)
        check(len(keys) == 1, f"{channel_arn} has one key, not {len(keys)}")
        self._keys.add(keys[0].value)
        return keys[0].value

    def has_key(self, text: str) -> bool:
        """Whether one of the keys that were asked for is in the text."""
        return any(key in text for key in self._keys)

    def go_live(self, channel_arn: str, *, reconnect_after: float | None = None) -> str:
        """An encoder connects with the channel's key; the id of its stream, once it is live."""
        session = self.backend.connect(self.key_of(channel_arn), reconnect_after)
        until(lambda: self.is_live(channel_arn), f"{channel_arn} is live")
        return session.stream_id

    def is_live(self, channel_arn: str) -> bool:
        """Whether GetStream would show a stream."""
        return self.backend.live_session(channel_arn) is not None

    def refuses(self, key: str) -> bool:
        """Whether an encoder with this key is refused."""
        try:
            self.backend.connect(key)
        except ivs_emulator.EncoderRefused:
            return True
        return False

    def deliver_events(self, engine: MiniStack) -> None:
        """Send what IVS has sent since to the queues of the rules that match it."""
        while not self._sent.empty():
            self.deliver(engine, self._sent.get())

    def deliver(self, engine: MiniStack, event: dict[str, Any]) -> None:
        """Send one event, as EventBridge does."""
        events, sqs, body = engine.client("events"), engine.client("sqs"), json.dumps(event)
        for rule in events.list_rules()["Rules"]:
            if events.test_event_pattern(EventPattern=rule["EventPattern"], Event=body)["Result"]:
                for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
                    sqs.send_message(QueueUrl=queue_url(engine, target["Arn"]), MessageBody=body)


@contextmanager
def running(folder: Path) -> Iterator[Ivs]:
    """The emulator as a server of this process, until the end of the block."""
    with (folder / "ivs.log").open("w") as log, Server(port=0, log=log) as server:
        yield Ivs(server)


def queue_url(engine: MiniStack, arn: str) -> str:
    """Where messages for this queue go."""
    name = arn.rpartition(":")[2]
    return str(engine.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])


class Roles:
    """Lets functions call only what MiniStack finds their roles allowed."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._engine: MiniStack | None = None
        self._of_key: dict[str, str] = {}
        self._decided: dict[tuple[str, str, str], bool] = {}
        self.allowed = 0
        self.refused: list[str] = []

    def enforce(self, engine: MiniStack) -> None:
        """Ask this MiniStack from now on."""
        self._engine = engine

    def answer(self, request: Request) -> Answer | None:
        """The emulator's answer, or that access is denied."""
        denied = self._denied(request)
        return _access_denied(denied) if denied else self._application.answer(request)

    def refuse(self, bad: BadRequest) -> Answer:
        """The emulator's answer to what is no request."""
        return self._application.refuse(bad)

    def _denied(self, request: Request) -> str | None:
        """What the caller's role does not allow; None if it allows all."""
        engine, key, path = self._engine, _access_key(request), urlsplit(request.target).path
        if engine is None or key == ROOT_KEY or path.startswith(PREFIX):
            return None
        role = self._role(engine, key)
        for permission in _permissions(request, path):
            if not self._allows(engine, (role, permission.action, permission.resource)):
                self.refused.append(f"{role}: {permission.action} on {permission.resource}")
                return self.refused[-1]
        self.allowed += 1
        return None

    def _role(self, engine: MiniStack, access_key: str) -> str:
        if access_key not in self._of_key:
            self._of_key |= _roles_by_key(engine)
        return self._of_key.get(access_key, "a role that no function has")

    def _allows(self, engine: MiniStack, asked: tuple[str, str, str]) -> bool:
        if asked not in self._decided:
            self._decided[asked] = _simulated(engine, *asked)
        return self._decided[asked]


def _access_key(request: Request) -> str:
    found = re.search(r"Credential=([^/]+)/", request.headers.get("authorization", ""))
    return found[1] if found else ""


def _permissions(request: Request, path: str) -> list[Permission]:
    operation, of_path = operation_at(request.method, path) or ("", {})
    return needed("ivs", operation, PLACE, {**json.loads(request.body or b"{}"), **of_path})


def _roles_by_key(engine: MiniStack) -> dict[str, str]:
    """MiniStack makes the access key of a function's role out of the ARNs of both."""
    listed = engine.client("lambda").list_functions(MaxItems=50)["Functions"]
    return {_key(each["FunctionArn"], each["Role"]): each["Role"] for each in listed}


def _key(function_arn: str, role_arn: str) -> str:
    return f"ASIA{sha256(f'{function_arn}:{role_arn}'.encode()).hexdigest()[:16].upper()}"


def _simulated(engine: MiniStack, role: str, action: str, resource: str) -> bool:
    [result] = engine.client("iam").simulate_principal_policy(
        PolicySourceArn=role, ActionNames=[action], ResourceArns=[resource]
    )["EvaluationResults"]
    return bool(result["EvalDecision"] == "allowed")


def _access_denied(what: str) -> Answer:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "AccessDeniedException"}
    return Answer(403, headers, json.dumps({"Message": f"not authorized: {what}"}).encode())
