"""What a world would accept and could not carry out later, refused when it is asked for."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ivs_emulator.excerpts import excerpt
from ivskit_local.dev.sdk_requests import Refused
from ivskit_local.runtime.buses import TARGET_PROPERTIES
from ivskit_local.runtime.iam_policies import AccessRequest, NotModelled, Policy
from ivskit_local.runtime.patterns import InvalidPattern, compiled
from ivskit_local.runtime.template import NotCarriedOut
from ivskit_local.runtime.transformers import check

LONGEST_WAIT = 20
_TARGETS = ("logs", "sns", "sqs")
Parameters = Mapping[str, Any]


def check_call(service: str, operation: str, parameters: Parameters) -> None:
    """Raise Refused for what this runtime could not carry out."""
    checked = _CHECKS.get((service, operation))
    if checked is not None:
        checked(parameters)


def _not_here(message: str) -> Refused:
    return Refused("NotImplemented", message, status=501)


def _rule(parameters: Parameters) -> None:
    if parameters.get("ScheduleExpression"):
        raise _not_here("Rules do not fire by a schedule here: create a schedule in Scheduler.")
    try:
        compiled(parameters.get("EventPattern") or "{}")
    except InvalidPattern as error:
        raise Refused(
            "InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}"
        ) from error


def _targets(parameters: Parameters) -> None:
    for target in parameters["Targets"]:
        _target(target)


def _target(target: Parameters) -> None:
    arn, unknown = target["Arn"], sorted(set(target) - TARGET_PROPERTIES)
    if unknown:
        raise _not_here(f"Targets with {', '.join(unknown)} are not carried out here.")
    if _service(arn) not in _TARGETS:
        raise _not_here(f"Rules reach {', '.join(_TARGETS)} here, not {excerpt(arn)}.")
    path = target.get("InputPath", "$")
    if not all(part.isidentifier() for part in path.split(".")[1:]):
        raise _not_here(f"The InputPath {excerpt(path)} is not read here.")
    if arn.endswith(".fifo") and not target.get("SqsParameters", {}).get("MessageGroupId"):
        raise Refused(
            "ValidationException",
            f"Parameter(s) SqsParameters.MessageGroupId must be specified "
            f"for target: {excerpt(target['Id'])}.",
        )
    _transformer(target.get("InputTransformer"))


def _transformer(given: Parameters | None) -> None:
    try:
        if given is not None:
            check(given)
    except NotCarriedOut as gap:
        raise _not_here(f"This is not carried out here: {excerpt(str(gap))}") from gap


def _service(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 else ""


def _schedule(parameters: Parameters) -> None:
    target = parameters["Target"]
    service = _service(target["Arn"])
    if service not in ("events", "sqs") or not target.get("Input"):
        raise _not_here(
            "Schedules send an Input to queues (sqs) or buses (events) here, not to "
            f"{excerpt(target['Arn'])}{'' if target.get('Input') else ' without Input'}."
        )
    if service == "events" and "EventBridgeParameters" not in target:
        raise Refused(
            "ValidationException",
            "EventBridgeParameters is required for a target that is an event bus.",
        )


def _queue_attributes(parameters: Parameters) -> None:
    text = parameters.get("Attributes", {}).get("Policy")
    if not text:
        return
    try:
        _check_policy(json.loads(text))
    except NotModelled as gap:
        raise _not_here(f"The Policy is not understood here: {gap}.") from gap
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Refused(
            "InvalidAttributeValue", "Invalid value for the parameter Policy: it is no policy."
        ) from error


def _check_policy(policy: Any) -> None:
    """Ask about each condition by itself; raises NotModelled where an answer is not known."""
    statements = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        plain = {name: value for name, value in statement.items() if name != "Condition"}
        Policy((plain,)).effect(_ANY)
        for operator, keys in statement.get("Condition", {}).items():
            for key, wanted in keys.items():
                alone = {"Effect": statement["Effect"], "Condition": {operator: {key: wanted}}}
                Policy(({**alone, "Principal": "*"},)).effect(_ANY)


def _receive(parameters: Parameters) -> None:
    wait = parameters.get("WaitTimeSeconds", 0)
    if not 0 <= wait <= LONGEST_WAIT:
        raise Refused(
            "InvalidParameterValue",
            f"Value {wait} for parameter WaitTimeSeconds is invalid. Reason: must be between 0 and "
            f"{LONGEST_WAIT}, if provided.",
        )


_ANY = AccessRequest("sqs:SendMessage", "*", frozenset({"events.amazonaws.com"}), {})
_CHECKS: Mapping[tuple[str, str], Callable[[Parameters], None]] = {
    ("events", "PutRule"): _rule,
    ("events", "PutTargets"): _targets,
    ("scheduler", "CreateSchedule"): _schedule,
    ("scheduler", "UpdateSchedule"): _schedule,
    ("sqs", "CreateQueue"): _queue_attributes,
    ("sqs", "ReceiveMessage"): _receive,
    ("sqs", "SetQueueAttributes"): _queue_attributes,
}
