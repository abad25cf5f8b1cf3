"""The gate that every call to AWS passes, around botocore's `_make_api_call`.

It finds the caller, checks its role, applies faults and kills, makes the call and notes it. A call
outside of any invocation is the world's own, which may do anything.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, NoReturn, Self
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from ivskit_local.runtime.calls import Call, Caller, Request
from ivskit_local.runtime.clock import Clock
from ivskit_local.runtime.direct.calls import DirectCalls
from ivskit_local.runtime.iam_policies import NotModelled
from ivskit_local.runtime.permission_table import needed
from ivskit_local.runtime.permissions import Permission, Place
from ivskit_local.runtime.roles import Roles
from ivskit_local.runtime.shared_clients import whole
from ivskit_local.runtime.threads import Killed, Task, current_task

When = Literal["before", "after"]
Response = dict[str, Any]
Proceed = Callable[[Mapping[str, Any]], Response]
# An operation of the runtime's own, which may let botocore go on.
Own = Callable[[Request, Caller | None, Proceed], Response]


@dataclass
class Kill:
    """An invocation of the function dies at its nth call, or at an operation, once."""

    function: str
    call: int | str
    when: When
    struck: bool = False


@dataclass
class Fault:
    """The next calls of an operation fail, before or after they took effect."""

    service: str
    operation: str
    code: str
    status: int
    when: When
    left: int


class Gate:
    """Installed while a world is there."""

    def __init__(self, clock: Clock, place: Place, roles: Roles) -> None:
        self.calls: list[Call] = []
        self.callers: dict[Task, Caller] = {}
        self.own: dict[tuple[str, str], Own] = {}
        self.took_effect: Callable[[Request, Caller | None, Response], None] = _ignore
        self.switches_before: Callable[[str, str], bool] = lambda service, operation: True
        # How long a function's call is under way, there and back; at once unless a test says so.
        self.round_trip: Callable[[str, str], timedelta] = lambda service, operation: timedelta()
        self._slow: dict[tuple[str, str], timedelta] = {}
        self._clock = clock
        self._place = place
        self._roles = roles
        self._direct = DirectCalls(place.account)
        self._kills: list[Kill] = []
        self._faults: list[Fault] = []
        self._home = threading.current_thread()
        self._original: Callable[..., Response] = vars(BaseClient)["_make_api_call"]
        self._patch = patch.object(BaseClient, "_make_api_call", self._method())

    def _method(self) -> Callable[..., Response]:
        # A function, for only functions become methods of the client.
        return lambda client, operation, parameters: self._pass(
            Request(client, operation, parameters)
        )

    def __enter__(self) -> Self:
        self._patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.stop()

    # What tests ask for.

    def kill(self, *, function: str, call: int | str, when: When) -> Kill:
        """Kill an invocation of a function before or after a call takes effect.

        call: its nth, or the next of the operation of this name.
        """
        kill = Kill(function, call, when)
        self._kills.append(kill)
        return kill

    def fault(
        self,
        service: str,
        operation: str,
        error_code: str,
        http_status: int = 500,
        when: When = "before",
        times: int = 1,
    ) -> Fault:
        """Have an operation fail, as if botocore had given up; "after" is to fail after doing."""
        fault = Fault(service, operation, error_code, http_status, when, times)
        self._faults.append(fault)
        return fault

    def slow(self, service: str, operation: str, by: timedelta) -> None:
        """Have an operation answer so much later from now on: later than clients wait, perhaps."""
        self._slow[service, operation] = by

    # What passes.

    def _pass(self, request: Request) -> Response:
        task = current_task()
        if task is None and threading.current_thread() is self._home:
            return self._do(request, None)
        if task not in self.callers:
            raise NotModelled("a call to AWS from a thread that a function made by itself")
        return self._pass_for(self.callers[task], request)

    def _pass_for(self, caller: Caller, request: Request) -> Response:
        self._switch(caller, request)
        number, at = len(caller.calls) + 1, self._clock.now
        points = (number, request.operation)
        kill = next((one for one in self._kills if self._strikes(one, caller, points)), None)
        error: str | None = None
        try:
            return self._struck(caller, request, kill)
        except NotModelled as gap:
            self._clock.threads.fail(gap)  # not the function's fault, so not for it to handle
            raise caller.kill(error := str(gap)) from gap
        except BaseException as failure:
            error = _without_secrets(failure)
            raise
        finally:
            self._note(caller, request, error, at)

    def _switch(self, caller: Caller, request: Request) -> None:
        if self.switches_before(request.service, request.operation):
            self._clock.threads.switch(caller.task)
        else:
            caller.task.live_or_die()

    @staticmethod
    def _strikes(kill: Kill, caller: Caller, points: tuple[int, str]) -> bool:
        return not kill.struck and kill.function == caller.function and kill.call in points

    def _struck(self, caller: Caller, request: Request, kill: Kill | None) -> Response:
        name = f"{request.service}:{request.operation}"
        if kill is not None:
            kill.struck = True
            if kill.when == "before":
                raise caller.kill(f"killed before {name}")
        self._roles.check(
            caller.role, caller.session, request.client, request.operation, request.parameters
        )
        response = self._there_and_back(caller, request)
        if kill is not None:
            raise caller.kill(f"killed after {name} took effect")
        return response

    def _there_and_back(self, caller: Caller, request: Request) -> Response:
        late = self._slow.get((request.service, request.operation), timedelta())
        config: Any = request.client.meta.config
        if late > timedelta(seconds=config.read_timeout):
            self._time_out(caller, request, config)
        each_way = (self.round_trip(request.service, request.operation) + late) / 2
        self._travel(each_way)
        try:
            return self._faulty(caller, request)
        finally:
            self._travel(each_way)

    def _time_out(self, caller: Caller, request: Request, config: Any) -> NoReturn:
        """Each try of the client takes effect, and its answer comes too late."""
        for _ in range((config.retries or {}).get("total_max_attempts", 1)):
            with suppress(ClientError):
                self._faulty(caller, request)
            self._travel(timedelta(seconds=config.read_timeout))
        raise ReadTimeoutError(endpoint_url=request.client.meta.endpoint_url)

    def _travel(self, each_way: timedelta) -> None:
        if each_way:
            self._clock.sleep(each_way.total_seconds())

    def _faulty(self, caller: Caller, request: Request) -> Response:
        fault = next((one for one in self._faults if self._due(one, request)), None)
        if fault is None:
            return self._do(request, caller)
        fault.left -= 1
        if fault.when == "after":
            self._do(request, caller)
        raise request.refused(fault.code, f"a fault, {fault.when} doing", status=fault.status)

    @staticmethod
    def _due(fault: Fault, request: Request) -> bool:
        asked = (request.service, request.operation)
        return fault.left > 0 and (fault.service, fault.operation) == asked

    def _do(self, request: Request, caller: Caller | None) -> Response:
        def proceed(parameters: Mapping[str, Any]) -> Response:
            return self._carried_out(replace(request, parameters=parameters))

        own = self.own.get((request.service, request.operation))
        response = own(request, caller, proceed) if own else proceed(request.parameters)
        self.took_effect(request, caller, response)
        return response

    def _carried_out(self, request: Request) -> Response:
        if self._direct.takes(request):
            return self._direct.make(request)
        return self._original(whole(request.client), request.operation, request.parameters)

    def _note(self, caller: Caller, request: Request, error: str | None, at: datetime) -> None:
        call = Call(
            caller.id,
            caller.function,
            request.service,
            request.operation,
            self._resource(request),
            error,
            at,
            (self._clock.now - at) / timedelta(milliseconds=1),
        )
        self.calls.append(call)
        caller.note_call(call, request)

    def _resource(self, request: Request) -> str:
        try:
            permissions = needed(
                request.service, request.operation, self._place, request.parameters
            )
        except NotModelled:
            return ""
        return _main_resource(permissions, request.parameters)


def _ignore(request: Request, caller: Caller | None, response: Response) -> None:
    return None


def _without_secrets(failure: BaseException) -> str:
    """The error without secrets: botocore's own errors quote parameters."""
    if isinstance(failure, ClientError):
        error = failure.response["Error"]
        return f"{error['Code']}: {error.get('Message', '')}"
    return str(failure) if isinstance(failure, Killed) else type(failure).__name__


def _main_resource(permissions: list[Permission], parameters: Mapping[str, Any]) -> str:
    """The channel rather than all stream keys."""
    return str(parameters.get("channelArn") or next((one.resource for one in permissions), ""))
