"""Event buses: which rules an event matches, and where each of them sends it."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from moto.core.utils import unix_time_millis
from moto.events.models import EventBus, EventsBackend, Rule, events_backends
from moto.logs.models import logs_backends

from ivskit import names
from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.deliveries import Delivery, Event
from ivskit_local.runtime.iam_policies import NotModelled
from ivskit_local.runtime.patterns import compiled
from ivskit_local.runtime.permissions import Permission, Place
from ivskit_local.runtime.queues import Queues
from ivskit_local.runtime.roles import Roles
from ivskit_local.runtime.topics import Topics
from ivskit_local.runtime.transformers import NotJson, transformed

EVENTS = "events.amazonaws.com"
# EventBridge makes streams of its own in a log group; here one is enough.
LOG_STREAM = "events"
_AUDIT_LOG = re.compile(rf":log-group:{names.audit_log_group('[^/]+')}(:\*)?$")
# The fields of a target that are supported; the loader refuses all others.
TARGET_PROPERTIES = frozenset(
    {
        "Arn",
        "DeadLetterConfig",
        "Id",
        "Input",
        "InputPath",
        "InputTransformer",
        "RetryPolicy",
        "SqsParameters",
    }
)


@dataclass(frozen=True)
class Target:
    """Where a rule sends to."""

    rule: Rule
    definition: Mapping[str, Any]

    @property
    def arn(self) -> str:
        return str(self.definition["Arn"])

    @property
    def service(self) -> str:
        return self.arn.split(":")[2]

    @property
    def name(self) -> str:
        return self.arn.split(":", 5)[5]

    @property
    def dead_letters(self) -> str | None:
        arn = self.definition.get("DeadLetterConfig", {}).get("Arn")
        return str(arn) if arn else None

    def text(self, event: Event) -> str:
        """What is sent of the event; raises NotJson."""
        if "Input" in self.definition:
            return str(self.definition["Input"])
        if "InputTransformer" in self.definition:
            return transformed(self.definition["InputTransformer"], event)
        value: Any = event
        for part in self.definition.get("InputPath", "$").split(".")[1:]:
            if not isinstance(value, dict) or part not in value:
                raise NotJson(f"the event has no {self.definition['InputPath']}")
            value = value[part]
        return json.dumps(value)


class Buses:
    """The buses of one world."""

    def __init__(
        self,
        clock: Clock,
        place: Place,
        roles: Roles,
        queues: Queues,
        topics: Topics,
        *,
        dice: random.Random,
    ) -> None:
        self.paths: dict[str, str] = {}
        self._clock = clock
        self._place = place
        self._roles = roles
        self._queues = queues
        self._topics = topics
        self._dice = dice

    @property
    def _backend(self) -> EventsBackend:
        return events_backends[self._place.account][self._place.region]

    def find(self, name: str) -> EventBus | None:
        """The bus of this name or ARN, if there is one."""
        return self._backend.event_buses.get(name.rpartition("/")[2] or name)

    def named(self, name: str) -> EventBus:
        """The bus of this name or ARN; raises LookupError where there is none."""
        bus = self.find(name)
        if bus is None:
            raise LookupError(f"there is no event bus {name}")
        return bus

    def own_bus(self) -> str:
        """The bus of the stage that was deployed first."""
        own = next((name for name in self._backend.event_buses if name != "default"), None)
        if own is None:
            raise NotModelled("which bus an event goes to: the template has none")
        return own

    def envelope(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """An entry of PutEvents as the event that rules see."""
        time = entry.get("Time", self._clock.now)
        moment = time if isinstance(time, datetime) else datetime.fromisoformat(time)
        return {
            "version": "0",
            "id": str(UUID(int=self._dice.getrandbits(128), version=4)),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": self._place.account,
            "time": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "region": self._place.region,
            "resources": list(entry.get("Resources", [])),
            "detail": json.loads(entry["Detail"]),
        }

    def route(self, bus: EventBus, event: Event, delivery: Delivery | None) -> Sequence[str]:
        """Send an event to the targets of matching rules; returns the rules' construct paths.

        Without those that only write to the audit log, to which nothing reacts.
        """
        self._archive(bus, event)
        matching = [rule for rule in bus.rules.values() if _matches(rule, event)]
        for rule in matching:
            for definition in rule.targets:
                self._send(Target(rule, definition), event, delivery)
        reacting = [rule for rule in matching if not _only_audits(rule)]
        return [self.paths.get(rule.arn, rule.name) for rule in reacting]

    def _archive(self, bus: EventBus, event: Event) -> None:
        for archive in self._backend.archives.values():
            pattern = archive.event_pattern.dump()
            wanted = not pattern or compiled(pattern)(event)
            if archive.event_bus_name == bus.name and wanted:
                archive.events.append(event)  # type: ignore[arg-type]  # a dict, typed otherwise

    def _send(self, target: Target, event: Event, delivery: Delivery | None) -> None:
        refusal = self._refusal(target, event)
        if refusal is None:
            self._hand_over(target, event, delivery)
        elif not self._keep(target, event, delivery, *refusal) and delivery is not None:
            path = self.paths.get(target.rule.arn, target.rule.name)
            delivery.lost.append(f"{path}: {refusal[0]}: {refusal[1]}")

    def _refusal(self, target: Target, event: Event) -> tuple[str, str] | None:
        """Why the target can't be reached, as code and message."""
        if not self._exists(target):
            return "RESOURCE_NOT_FOUND", f"{target.arn} does not exist"
        for action, arn in _needed(target):
            if not self._admits(arn, action, target.rule):
                return "NO_PERMISSIONS", f"the policy of {target.arn} does not admit {EVENTS}"
        try:
            target.text(event)
        except NotJson as error:
            return "INVALID_JSON", str(error)
        return None

    def _exists(self, target: Target) -> bool:
        account, region = self._place.account, self._place.region
        match target.service:
            case "sqs":
                return self._queues.exists(target.name)
            case "sns":
                return self._topics.exists(target.arn)
            case "logs":
                return _log_group(target) in logs_backends[account][region].groups
        raise NotModelled(f"a rule's target in {target.service}")

    def _admits(self, arn: str, action: str, rule: Rule) -> bool:
        return self._roles.service_may(EVENTS, Permission(action, arn), source_arn=rule.arn)

    def _hand_over(self, target: Target, event: Event, delivery: Delivery | None) -> None:
        account, region = self._place.account, self._place.region
        text = target.text(event)
        match target.service:
            case "sqs":
                group = target.definition.get("SqsParameters", {}).get("MessageGroupId")
                self._queues.send(target.name, text, delivery, group=group)
            case "sns":
                self._topics.publish(target.arn, text, delivery)
            case _:
                stream, group = LOG_STREAM, _log_group(target)
                backend = logs_backends[account][region]
                if stream not in backend.groups[group].streams:
                    backend.create_log_stream(group, stream)
                line = {"timestamp": int(unix_time_millis()), "message": text}
                backend.put_log_events(group, stream, [line])

    def _keep(
        self, target: Target, event: Event, delivery: Delivery | None, code: str, message: str
    ) -> bool:
        """Put an undeliverable event into the target's dead letters, if there are any."""
        arn = target.dead_letters
        if arn is None or not self._queues.exists(arn.rpartition(":")[2]):
            return False
        if not self._admits(arn, "sqs:SendMessage", target.rule):
            return False
        attributes = {
            "RULE_ARN": target.rule.arn,
            "TARGET_ARN": target.arn,
            "ERROR_CODE": code,
            "ERROR_MESSAGE": message,
        }
        self._queues.send(
            arn.rpartition(":")[2], json.dumps(event), delivery, attributes=attributes
        )
        return True


def _needed(target: Target) -> Sequence[tuple[str, str]]:
    """The actions that the target's own policy must allow, each with the ARN it is done to."""
    match target.service:
        case "sqs":
            return [("sqs:SendMessage", target.arn)]
        case "sns":
            return [("sns:Publish", target.arn)]
    stream = f"{target.arn.removesuffix(':*')}:log-stream:{LOG_STREAM}"
    return [("logs:CreateLogStream", stream), ("logs:PutLogEvents", stream)]


def _log_group(target: Target) -> str:
    return target.name.removeprefix("log-group:").removesuffix(":*")


def _only_audits(rule: Rule) -> bool:
    arns = [str(definition["Arn"]) for definition in rule.targets]
    return bool(arns) and all(_AUDIT_LOG.search(arn) for arn in arns)


def _matches(rule: Rule, event: Event) -> bool:
    pattern = rule.event_pattern.dump()
    # moto keeps a rule of its own for every archive.
    if not pattern or rule.managed_by or rule.state != "ENABLED":
        return False
    return compiled(pattern)(event)
