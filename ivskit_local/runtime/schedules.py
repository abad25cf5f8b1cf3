"""EventBridge Scheduler on the virtual clock: moto keeps the schedules, here they fire."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule, scheduler_backends

from ivskit_local.runtime.batches import event_of
from ivskit_local.runtime.buses import Buses
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.clock import Clock, Due
from ivskit_local.runtime.deliveries import Delivery, Event, Provenance
from ivskit_local.runtime.expressions import InvalidExpression, following, once
from ivskit_local.runtime.gate import Proceed, Response
from ivskit_local.runtime.iam_policies import NotModelled
from ivskit_local.runtime.invocations import Invocation
from ivskit_local.runtime.permissions import Permission, Place
from ivskit_local.runtime.queues import Queues
from ivskit_local.runtime.roles import Roles

SCHEDULER = "scheduler.amazonaws.com"
_LATEST = 60
_TWICE = 0.2


@dataclass(frozen=True)
class _Firing:
    """One time that a schedule is due."""

    schedule: Schedule
    expression: str
    moment: datetime

    @property
    def recurs(self) -> bool:
        """Whether the schedule is due again after this."""
        return not self.expression.startswith("at(")


class Schedules:
    """The schedules of one world; sloppy ones fire up to a minute late, and sometimes twice."""

    def __init__(
        self,
        clock: Clock,
        place: Place,
        roles: Roles,
        queues: Queues,
        buses: Buses,
        provenance: Provenance,
        *,
        dice: random.Random,
        sloppy: bool,
        late: Callable[[Event], timedelta],
    ) -> None:
        self._clock = clock
        self._place = place
        self._roles = roles
        self._queues = queues
        self._buses = buses
        self._provenance = provenance
        self._dice = dice
        self._sloppy = sloppy
        self._late = late
        self._planned: dict[str, Due] = {}
        self._begun = False

    @property
    def _backend(self) -> EventBridgeSchedulerBackend:
        return scheduler_backends[self._place.account][self._place.region]

    # Operations, around moto's.

    def put(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """CreateSchedule and UpdateSchedule."""
        request.validate()
        asked = request.parameters
        group, name = asked.get("GroupName", "default"), asked["Name"]
        if group not in self._backend.schedule_groups:
            message = f"Schedule group {group} does not exist."
            raise request.refused("ResourceNotFoundException", message, status=404)
        self._check(request, asked)
        response = proceed(request.parameters)
        delivery = _delivery_of(caller)
        self._provenance.trace(f"schedule/{group}/{name}", delivery)
        if self._begun:
            self._plan(self._backend.schedule_groups[group].schedules[name], self._clock.now)
        return response

    def begin(self) -> None:
        """Plan the schedules that were deployed, and from now on each that is put."""
        self._begun = True
        for group in self._backend.schedule_groups.values():
            for schedule in group.schedules.values():
                self._plan(schedule, self._clock.now)

    def delete(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """DeleteSchedule."""
        response = proceed(request.parameters)
        self._unplan(request.parameters.get("GroupName", "default"), request.parameters["Name"])
        return response

    def _check(self, request: Request, asked: Mapping[str, Any]) -> None:
        timezone = asked.get("ScheduleExpressionTimezone", "UTC")
        try:
            moment = _due(asked["ScheduleExpression"], self._clock.now, timezone)
        except InvalidExpression as error:
            raise request.refused("ValidationException", str(error)) from error
        if moment <= self._clock.now:
            raise request.refused(
                "ValidationException", f"{asked['ScheduleExpression']} is in the past."
            )
        service = asked["Target"]["Arn"].split(":")[2]
        if service not in ("sqs", "events") or "Input" not in asked["Target"]:
            raise NotModelled(f"a schedule's target in {service}, or one without Input")

    # Firing by hand.

    def fire(self, event: Event, delivery: Delivery) -> None:
        """Fire every schedule that sends this kind of message, with this id and time."""
        values = {"execution-id": event["id"], "scheduled-time": event["time"]}
        for group in self._backend.schedule_groups.values():
            for schedule in group.schedules.values():
                if _kind(event_of(schedule.target["Input"])) == _kind(event):
                    delivery.queues.append(schedule.target["Arn"].rpartition(":")[2])
                    self._send(schedule, _filled(schedule, values), delivery)

    # Firing on time.

    def postpone(self, until: datetime) -> datetime | None:
        """Skip recurring schedules until a moment; returns when each has fired once after it."""
        recurring = [key for key, due in self._planned.items() if due.recurring]
        for key in recurring:
            _, group, name = key.split("/", 2)
            self._plan(self._backend.schedule_groups[group].schedules[name], until)
        return max((self._planned[key].at for key in recurring), default=None)

    def _plan(self, schedule: Schedule, after: datetime) -> None:
        self._unplan(schedule.group_name, schedule.name)
        if schedule.state != "ENABLED":
            return
        expression = schedule.schedule_expression
        moment = _due(expression, after, schedule.schedule_expression_timezone)
        firing = _Firing(schedule, expression, moment)
        self._planned[_key(schedule)] = self._clock.at(
            moment + self._lateness(),
            lambda: self._fall_due(firing),
            recurring=firing.recurs,
        )

    def _unplan(self, group: str, name: str) -> None:
        due = self._planned.pop(f"schedule/{group}/{name}", None)
        if due is not None:
            due.cancelled = True

    def _lateness(self) -> timedelta:
        return timedelta(seconds=self._dice.randrange(_LATEST) if self._sloppy else 0)

    def _fall_due(self, firing: _Firing) -> None:
        """Fire now, or later where a mishap says so."""
        schedule = firing.schedule
        late = self._late(event_of(schedule.target["Input"]))
        if not late:
            self._fire(firing)
        elif firing.recurs:
            # The next one does not wait for it.
            self._clock.at(self._clock.now + late, lambda: self._send_once(firing))
            self._plan(schedule, firing.moment)
        else:
            self._planned[_key(schedule)] = self._clock.at(
                self._clock.now + late, lambda: self._fire(firing)
            )

    def _send_once(self, firing: _Firing) -> None:
        schedule = firing.schedule
        self._send(schedule, self._text(firing), self._provenance.of(_key(schedule)))

    def _fire(self, firing: _Firing) -> None:
        schedule, delivery = firing.schedule, self._provenance.of(_key(firing.schedule))
        self._send(schedule, self._text(firing), delivery)
        if self._sloppy and self._dice.random() < _TWICE:
            late = self._clock.now + self._lateness()
            self._clock.at(late, lambda: self._send(schedule, self._text(firing), delivery))
        if firing.recurs:
            self._plan(schedule, firing.moment)
        elif schedule.action_after_completion == "DELETE":
            group = self._backend.schedule_groups[schedule.group_name]
            group.schedules.pop(schedule.name, None)

    # Delivery, with the schedule's own role.

    def _send(self, schedule: Schedule, text: str, delivery: Delivery | None) -> None:
        target = schedule.target
        refusal = self._refusal(schedule, target["Arn"])
        if refusal is None:
            self._hand_over(target, text, delivery)
        elif not self._keep(schedule, text, delivery, refusal) and delivery is not None:
            delivery.lost.append(f"{schedule.arn}: {refusal}")

    def _text(self, firing: _Firing) -> str:
        values = {
            "scheduled-time": f"{firing.moment:%Y-%m-%dT%H:%M:%SZ}",
            "execution-id": str(UUID(int=self._dice.getrandbits(128), version=4)),
        }
        return _filled(firing.schedule, values)

    def _hand_over(self, target: Mapping[str, Any], text: str, delivery: Delivery | None) -> None:
        name = target["Arn"].split(":", 5)[5]
        if ":sqs:" in target["Arn"]:
            group = target.get("SqsParameters", {}).get("MessageGroupId")
            self._queues.send(name, text, delivery, group=group)
            return
        bus = self._buses.named(name)
        event = self._buses.envelope({**target["EventBridgeParameters"], "Detail": text})
        self._buses.route(bus, event, delivery)

    def _refusal(self, schedule: Schedule, arn: str) -> str | None:
        """Why the target can't be reached."""
        service, name = arn.split(":")[2], arn.split(":", 5)[5]
        exists = self._queues.exists(name) if service == "sqs" else self._buses.find(name)
        if not exists:
            return f"{arn} does not exist"
        action = "sqs:SendMessage" if service == "sqs" else "events:PutEvents"
        permission = Permission(action, arn, _said(schedule))
        role = schedule.target["RoleArn"]
        group = self._backend.schedule_groups[schedule.group_name]
        if not self._roles.role_may(role, SCHEDULER, permission, source_arn=group.arn):
            return f"{SCHEDULER} may not take {role}, or {action} on {arn} with it"
        return None

    def _keep(self, schedule: Schedule, text: str, delivery: Delivery | None, refusal: str) -> bool:
        arn = schedule.target.get("DeadLetterConfig", {}).get("Arn")
        if arn is None or self._refusal(schedule, arn) is not None:
            return False
        attributes = {
            "SCHEDULE_ARN": schedule.arn,
            "TARGET_ARN": schedule.target["Arn"],
            "ERROR_CODE": "AccessDenied",
            "ERROR_MESSAGE": refusal,
        }
        self._queues.send(arn.rpartition(":")[2], text, delivery, attributes=attributes)
        return True


def _kind(event: Event) -> tuple[object, object]:
    return event.get("source"), event.get("detail-type")


def _filled(schedule: Schedule, values: Mapping[str, str]) -> str:
    """What the schedule sends, with the scheduler's context attributes filled in."""
    text: str = schedule.target["Input"]
    values = {"schedule-arn": schedule.arn, "attempt-number": "1", **values}
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _due(expression: str, after: datetime, timezone: str) -> datetime:
    return once(expression, timezone) or following(expression, after, timezone)


def _key(schedule: Schedule) -> str:
    return f"schedule/{schedule.group_name}/{schedule.name}"


def _said(schedule: Schedule) -> Mapping[str, list[str]]:
    parameters = schedule.target.get("EventBridgeParameters")
    if parameters is None:
        return {}
    return {
        "events:source": [parameters["Source"]],
        "events:detail-type": [parameters["DetailType"]],
    }


def _delivery_of(caller: Caller | None) -> Delivery | None:
    return caller.current.delivery if isinstance(caller, Invocation) else None
