"""Requests of AWS SDKs in any language, answered in a world.

One address serves every service. Whoever asks may do anything, as the clients of
`World.client` may: IAM is for the functions. IVS is the emulator's; the JSON services are called
as the world's own clients call them, so that what an event causes begins; S3 and STS are moto's.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from moto.moto_api._internal import mock_random

from ivs_emulator.api import ApiRequest
from ivs_emulator.api import answer as answer_of_ivs
from ivs_emulator.faults import ConnectionDropped, TimedOut
from ivs_emulator.service_model import operation_at
from ivskit_local.dev import json_protocols, xml_services
from ivskit_local.dev.not_carried_out import check_call
from ivskit_local.dev.sdk_requests import (
    XML_SERVICES,
    Refused,
    Sent,
    WireAnswer,
    error_answer,
)
from ivskit_local.runtime.calls import Request
from ivskit_local.runtime.iam_policies import NotModelled
from ivskit_local.runtime.world import World

__all__ = ["Wire", "WireAnswer"]

_LOG = logging.getLogger(__name__)
_READS = re.compile(r"(BatchGet|Describe|Filter|Get|List|Query|Scan|Test)(?![a-z])")
_LONGEST_MESSAGE = 1000


class Wire:
    """Answers from the thread that entered the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._region = str(world.client("sqs").meta.region_name)

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> WireAnswer:
        """Answer any request; target: path and query as they came."""
        sent, dice = Sent.of(method, target, headers, body), mock_random.getstate()
        try:
            answered = self._answered(sent)
        except Refused as refused:
            answered = error_answer(sent, refused)
        if not answered.changes:
            # What changed nothing changes nothing of what follows from the seed either.
            mock_random.setstate(dice)
        return answered

    def _answered(self, sent: Sent) -> WireAnswer:
        try:
            return self._by_service(sent)
        except (NotModelled, NotImplementedError) as gap:
            raise Refused("NotImplemented", f"Not carried out here: {gap}.", status=501) from gap
        except Refused:
            raise
        except Exception as bug:  # moto trusts its callers, and nothing sent may end the world
            _LOG.warning("%s %s could not be answered", sent.method, sent.path[:100], exc_info=True)
            what = f"{sent.named_service} cannot do this here: {type(bug).__name__}: {bug}"
            raise Refused("ValidationException", what[:_LONGEST_MESSAGE]) from bug

    def _by_service(self, sent: Sent) -> WireAnswer:
        service = sent.service(self._region)
        if service == "ivs":
            return self._of_ivs(sent)
        if service in XML_SERVICES:
            return xml_services.answer(sent, service, self._region)
        return self._of_json(sent, service)

    def _of_ivs(self, sent: Sent) -> WireAnswer:
        asked = ApiRequest(sent.method, sent.path, dict(sent.parameters), sent.headers, sent.body)
        name, _ = operation_at(sent.method, sent.path) or ("", {})
        changes = not _READS.match(name)
        try:
            said = answer_of_ivs(asked, f"ivs.{self._region}.amazonaws.com")
        except (ConnectionDropped, TimedOut):
            return WireAnswer(503, {}, b"", changes=changes, lost=True)
        return WireAnswer(said.status, said.headers, said.body.encode(), changes=changes)

    # The JSON services.

    def _of_json(self, sent: Sent, service: str) -> WireAnswer:
        client = self._world.client(service)
        operation, given = json_protocols.read(client.meta.service_model, sent)
        request = Request(client, operation.name, given)
        try:
            request.validate()
            check_call(service, operation.name, given)
            result = self._called(request)
        except ParamValidationError as error:
            text = str(error).replace("\n", " ")
            raise Refused("ValidationException", text[:_LONGEST_MESSAGE]) from error
        except ClientError as error:
            raise json_protocols.refused(operation, error) from error
        answered = json_protocols.answer(operation, _at(sent.host, result))
        if operation.name == "ReceiveMessage" and not result.get("Messages"):
            return replace(answered, waits=_wait(request))
        return replace(answered, changes=not _READS.match(operation.name))

    def _called(self, request: Request) -> Mapping[str, Any]:
        if (request.service, request.operation) == ("scheduler", "DeleteScheduleGroup"):
            self._empty(request.parameters["Name"])
        client: Any = request.client
        result: Mapping[str, Any] = client._make_api_call(
            request.operation, dict(request.parameters)
        )
        return result

    def _empty(self, group: str) -> None:
        """Schedules go with their group, and no longer fire."""
        scheduler = self._world.client("scheduler")
        for page in scheduler.get_paginator("list_schedules").paginate(GroupName=group):
            for schedule in page["Schedules"]:
                scheduler.delete_schedule(GroupName=group, Name=schedule["Name"])


def _at(host: str, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """A result whose URLs of queues are at the address that was asked: some SDKs go there."""

    def here(url: str) -> str:
        return f"http://{host}/{url.split('/', 3)[3]}" if host else url

    moved: dict[str, Any] = {}
    if "QueueUrl" in result:
        moved["QueueUrl"] = here(result["QueueUrl"])
    for name in {"QueueUrls", "queueUrls"} & result.keys():
        moved[name] = [here(url) for url in result[name]]
    return {**result, **moved}


def _wait(request: Request) -> float:
    """How long an empty queue would have a receiver wait."""
    client: Any = request.client
    asked = request.parameters.get("WaitTimeSeconds")
    if asked is None:
        name = "ReceiveMessageWaitTimeSeconds"
        queue = client.get_queue_attributes(
            QueueUrl=request.parameters["QueueUrl"], AttributeNames=[name]
        )
        asked = queue.get("Attributes", {}).get(name, 0)
    return float(asked)
