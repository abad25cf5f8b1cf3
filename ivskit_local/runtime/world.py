"""One world: the template in moto, a clock, and everything that an event causes."""

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

import time_machine
from moto.core.utils import camelcase_to_underscores
from moto.moto_api._internal import mock_random
from moto.sqs import models as sqs_models

import ivs_emulator
from ivskit import clock as function_clock
from ivskit import names
from ivskit.queues import send_all
from ivskit_local.runtime.buses import Buses
from ivskit_local.runtime.calls import Call, Caller, Request
from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.dead_letters import DeadLetter, dead_letters_in
from ivskit_local.runtime.deliveries import Delivery, Event, Provenance, Reaction
from ivskit_local.runtime.gate import Gate, Proceed, Response
from ivskit_local.runtime.invocations import Invocation
from ivskit_local.runtime.lambdas import Lambdas, Line
from ivskit_local.runtime.late_messages import LateMessages
from ivskit_local.runtime.loader import Loader
from ivskit_local.runtime.look_agains import queue_of
from ivskit_local.runtime.message_moves import MessageMoves
from ivskit_local.runtime.metrics import ChannelMetrics
from ivskit_local.runtime.permissions import Place
from ivskit_local.runtime.prepared import PreparedAccounts
from ivskit_local.runtime.put_events import Published, PutEvents
from ivskit_local.runtime.queues import Queues
from ivskit_local.runtime.resources.kind import Deployed
from ivskit_local.runtime.roles import Roles
from ivskit_local.runtime.sandboxes import jitter_by_seed
from ivskit_local.runtime.schedules import Schedules
from ivskit_local.runtime.service_quotas import ServiceQuotas
from ivskit_local.runtime.skewed_time import SkewedTime
from ivskit_local.runtime.surroundings import client_of, empty_account, no_configuration
from ivskit_local.runtime.synth import Templates
from ivskit_local.runtime.threads import Choose, current_task
from ivskit_local.runtime.topics import Mail, Topics

# After how long each copy of an event of IVS arrives; with none, the event is lost.
Transit = Callable[[Event], Sequence[timedelta]]
_DEPLOYED = datetime(2026, 1, 1, tzinfo=UTC)
START = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


class World:
    """Enter it, deliver events, let them settle, and look at the results.

    sloppy_schedules: schedules fire up to a minute late and sometimes twice; throttling: how IVS
    keeps its published rates, if at all; reading: how it behaves where the documentation is silent;
    tee: what functions print also goes to stderr; stay_warm: whether a function is ever invoked in
    an environment that it has left; choose: picks the thread that runs next, instead of the seed.
    """

    def __init__(
        self,
        templates: Templates,
        *,
        project_root: Path,
        seed: int = 0,
        start: datetime = START,
        choose: Choose | None = None,
        account: str = "123456789012",
        region: str = "us-west-2",
        sloppy_schedules: bool = False,
        throttling: ivs_emulator.Throttling | None = None,
        reading: ivs_emulator.Reading = "strict",
        tee: bool = False,
        stay_warm: bool = True,
    ) -> None:
        self.deliveries: list[Delivery] = []
        # What is being put straight into a queue.
        self._sending: Delivery | None = None
        self.transit: Transit = lambda event: (timedelta(),)
        # How late a message is that was due at some time.
        self.lateness: Callable[[Event], timedelta] = lambda event: timedelta()
        place, dice = Place(account, region), random.Random(seed)
        self._templates = templates
        self._place = place
        self._seed = seed
        self._throttling, self._reading = throttling, reading
        self._clock = Clock(start, seed=seed, choose=choose)
        self._provenance = Provenance()
        self._roles = roles = Roles(place)
        self.gate = Gate(self._clock, place, roles)
        self._lambdas = Lambdas(
            self._clock,
            self.gate,
            project_root / "functions",
            dice=dice,
            tee=tee,
            stay_warm=stay_warm,
        )
        self._queues = Queues(self._clock, place, self._lambdas, self._provenance)
        self._topics = Topics(self._clock, place, roles, self._queues)
        self._buses = Buses(self._clock, place, roles, self._queues, self._topics, dice=dice)
        self._put_events = PutEvents(self._clock, self._buses, self._deliver)
        self._skewed = SkewedTime(self.gate)
        late = self._lateness
        self._late_messages = LateMessages(place, self._queues.fifo.send, late)
        self._schedules = Schedules(
            self._clock,
            place,
            roles,
            self._queues,
            self._buses,
            self._provenance,
            dice=dice,
            sloppy=sloppy_schedules,
            late=late,
        )

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(no_configuration(self._place))
            stack.enter_context(jitter_by_seed(self._seed))
            stack.enter_context(patch.object(time, "sleep", self._clock.sleep))
            stack.enter_context(patch.object(time, "monotonic", self._monotonic))
            # moto asks for each message of a queue, again and again.
            milliseconds = self._clock.milliseconds
            stack.enter_context(patch.object(sqs_models, "unix_time_millis", milliseconds))
            stack.enter_context(patch.object(sqs_models, "camelcase_to_underscores", _in_words))
            stack.enter_context(patch.object(function_clock, "datetime", self._skewed))
            stack.enter_context(empty_account(self._place))
            stack.enter_context(self._clock)
            stack.enter_context(self.gate)
            self._wire()
            self._leave = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave.__exit__(kind, error, trace)

    # What happens.

    def deploy(self, templates: Templates) -> None:
        """Put an app into the account, beside those that are there."""
        self._deployed(Loader(templates, self._place, self.client).load())

    def _deploy_first(self) -> None:
        """Into an empty account, which is made once and then copied.

        Its resources are all as old, whenever a world begins, and their ids are none of the
        seed's: those are for what follows.
        """
        deployed = PREPARED.copy(self._templates, self._place)
        if deployed is None:
            mock_random.seed("the first deployment")
            with time_machine.travel(_DEPLOYED, tick=False):
                deployed = Loader(self._templates, self._place, self.client).load()
            PREPARED.keep(self._templates, self._place, deployed)
        mock_random.seed(self._seed)
        self._schedules.begin()
        self._deployed(deployed)

    def _deployed(self, deployed: Deployed) -> None:
        self._buses.paths.update(deployed.rule_paths)
        self._dead_letter_queues |= deployed.dead_letters
        self._queues.sources.extend(deployed.sources)
        self._roles.encryption.keys.add(deployed.keys)

    def shift_clock(self, function: str, by: timedelta) -> None:
        """Put a function's own clock ahead, or behind."""
        self._skewed.skews[function] = by

    def deliver(self, event: Event, *, bus: str | None = None) -> Delivery:
        """Put an event on its bus: IVS's on the default bus, ours on the ivskit bus.

        What a recurring schedule sends goes straight into its queue, and a look-again message
        into that of its function.
        """
        if event["source"] == names.SCHEDULE:
            return self._fire(event)
        if event["source"] == names.LOOK_AGAIN_SOURCE:
            functions = [source.function for source in self._queues.sources]
            entry = {"Id": "0", "MessageBody": json.dumps(event)}
            return self.send(event, queue_of(event, functions), [entry])
        of_aws = str(event["source"]).startswith("aws.")
        return self._deliver(event, bus or ("default" if of_aws else self._buses.own_bus()))

    def send(self, event: Event, queue_url: str, messages: Sequence[Mapping[str, Any]]) -> Delivery:
        """Put an event straight into a queue, as these entries of SQS's SendMessageBatch."""
        self._sending = self._begin(event)
        self._sending.queues.append(queue_url.rpartition("/")[2])
        try:
            send_all(self.client("sqs"), queue_url, messages)
            return self._sending
        finally:
            self._sending = None

    def end_after(self, calls: int) -> None:
        """Let time pass only until functions have made so many calls, then raise NeverSettles."""
        self._clock.is_enough = lambda: len(self.calls) > calls

    def settle(self, *, keep_time: bool = False) -> None:
        """Run until nothing is pending, letting time pass as needed; or only what is due now."""
        if keep_time:
            self._clock.run_now()
        else:
            self._clock.settle()

    def run_for(self, duration: timedelta) -> None:
        """Let time pass and run all that becomes due, recurring schedules too."""
        self._clock.run_for(duration)

    def run_until(self, moment: datetime, *, enough: Callable[[], bool]) -> bool:
        """Let time pass up to a moment, or less where `enough` says so between two due things."""
        return self._clock.run_until(moment, enough=enough)

    def next_due(self) -> datetime | None:
        """When anything is due next, recurring schedules too."""
        return self._clock.next_due()

    def skip_to(self, moment: datetime, *, by: datetime) -> None:
        """Let time pass to a moment without recurring schedules, then until each has fired once.

        by: when to return, even if one has not.
        """
        until = min(self._schedules.postpone(moment) or moment, by)
        self._clock.run_for(until - self.now)

    def redrive(self, function: str) -> None:
        """Move what is in the dead letters of a function back into its queue."""
        for source in self._queues.sources:
            if source.function.name == function:
                self._queues.redrive(source.queue)

    def reconfigure(self, changed: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        """Give functions other environment variables, as a deployment does."""
        self._queues.reconfigure(changed)

    # What can be seen.

    @property
    def now(self) -> datetime:
        return self._clock.now

    @property
    def functions(self) -> Sequence[str]:
        """The functions that have a queue."""
        return sorted({source.function.name for source in self._queues.sources})

    @property
    def calls(self) -> Sequence[Call]:
        """All calls to AWS that functions made."""
        return self.gate.calls

    @property
    def unasked(self) -> Sequence[Reaction]:
        """Reactions that no event from outside caused, such as those to recurring schedules."""
        return self._queues.unasked

    @property
    def logs(self) -> Sequence[Line]:
        """All that functions printed."""
        return self._lambdas.lines

    @property
    def published(self) -> Sequence[Published]:
        """All events that functions put on a bus."""
        return self._put_events.published

    @property
    def mails(self) -> Sequence[Mail]:
        """All that topics sent to people."""
        return self._topics.mails

    @property
    def ivs(self) -> ivs_emulator.IVSBackend:
        """The emulator's state."""
        return ivs_emulator.backend(self._place.account, self._place.region)

    def client(self, service: str) -> Any:
        """A client that may do anything."""
        return client_of(service, self._place.region)

    def dead_letters(self) -> list[DeadLetter]:
        """What is in the dead-letter queues of the template."""
        failures = self._queues.failures
        return [*dead_letters_in(self._dead_letter_queues, self._place, failures)]

    # Wiring.

    def _wire(self) -> None:
        ivs_emulator.install(throttling=self._throttling, reading=self._reading)
        moves = MessageMoves(self._queues, self._clock.milliseconds)
        self.gate.own = {
            ("events", "PutEvents"): self._put_events,
            ("sqs", "ReceiveMessage"): self._receive,
            ("sqs", "SendMessage"): self._late_messages.send,
            ("sqs", "SendMessageBatch"): self._queues.fifo.send_batch,
            ("sqs", "StartMessageMoveTask"): moves.start,
            ("sqs", "ListMessageMoveTasks"): moves.tasks,
            ("cloudwatch", "GetMetricData"): ChannelMetrics(lambda: self.ivs),
            ("service-quotas", "ListServiceQuotas"): ServiceQuotas(lambda: self.ivs),
            ("scheduler", "CreateSchedule"): self._schedules.put,
            ("scheduler", "UpdateSchedule"): self._schedules.put,
            ("scheduler", "DeleteSchedule"): self._schedules.delete,
        }
        self._dead_letter_queues: set[str] = set()
        self._deploy_first()
        self.gate.took_effect = self._took_effect
        self._clock.watch(self._queues)
        self._clock.watch(self.ivs.agenda)
        self.ivs.subscribe(self._emitted)

    def _lateness(self, event: Event) -> timedelta:
        return self.lateness(event)

    def _emitted(self, event: Event) -> None:
        for number, late in enumerate(self.transit(event)):
            # IVS repeats an event under a new id.
            copy = {**event, "id": self.ivs.identifiers.event_id()} if number else event
            self._arrive(copy, late)

    def _arrive(self, event: Event, late: timedelta) -> None:
        if late:
            self._clock.at(self.now + late, lambda: self._arrive(event, timedelta()))
        else:
            self._deliver(event, "default")

    def _deliver(self, event: Event, bus_name: str) -> Delivery:
        bus = self._buses.named(bus_name)
        delivery = self._begin(event)
        delivery.rules.extend(self._buses.route(bus, event, delivery))
        return delivery

    def _fire(self, event: Event) -> Delivery:
        delivery = self._begin(event)
        self._schedules.fire(event, delivery)
        return delivery

    def _begin(self, event: Event) -> Delivery:
        delivery = Delivery(event, self._clock.now)
        self.deliveries.append(delivery)
        return delivery

    def _took_effect(self, request: Request, caller: Caller | None, response: Response) -> None:
        """A call took effect: trace messages to their origin, and poll the queues that changed."""
        if request.service != "sqs" or "QueueUrl" not in request.parameters:
            return
        delivery, trail = self._origin(caller)
        for message in response.get("Successful", [response]):
            if "MessageId" in message:
                self._provenance.trace(message["MessageId"], delivery, trail)
        self._queues.stir(request.parameters["QueueUrl"].rpartition("/")[2])

    def _origin(self, caller: Caller | None) -> tuple[Delivery | None, Sequence[str]]:
        """The delivery that a message sent now belongs to."""
        if not isinstance(caller, Invocation):
            return self._sending, ()
        return caller.current.delivery, (*caller.current.trail, caller.session)

    def _receive(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """To moto a long poll ends when time has passed, which it does not while it waits."""
        self._queues.fifo.free_groups(request.parameters["QueueUrl"].rpartition("/")[2])
        return proceed({**request.parameters, "WaitTimeSeconds": 0})

    def _monotonic(self) -> float:
        """Virtual for threads of functions, real for the rest of the process."""
        if current_task() is None:
            return _real_monotonic()
        return (self._clock.now - START).total_seconds()


PREPARED = PreparedAccounts()
# With each message that it hands out, moto spells the name of each attribute of the queue anew.
_in_words = cache(camelcase_to_underscores)
_real_monotonic = time.monotonic
