"""Services that moto answers, asked without HTTP: its actions are called with the parameters."""

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from botocore.model import OperationModel
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.utilities.aws_headers import gen_amzn_requestid_long
from werkzeug.exceptions import HTTPException

from ivskit_local.runtime.direct.answers import Answer, parsed, succeeded
from ivskit_local.runtime.direct.expressions import NotCompiled
from ivskit_local.runtime.direct.updates import Updates
from ivskit_local.runtime.permissions import Place


class Asked(Protocol):
    """How a service of moto takes the parameters of a call."""

    def __call__(self, response: Any, parameters: Mapping[str, Any]) -> None: ...


def _as_parameters(response: Any, parameters: Mapping[str, Any]) -> None:
    response.params = copied(parameters)
    # What moto's DynamoDB reads, and nothing else does.
    response.body = response.params


def _as_text(response: Any, parameters: Mapping[str, Any]) -> None:
    response.body = json.dumps(parameters, default=_base64)


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


SERVICES: Mapping[str, tuple[str, Asked]] = {
    "dynamodb": ("DynamoHandler", _as_parameters),
    "sqs": ("SQSResponse", _as_parameters),
    "ssm": ("SimpleSystemManagerResponse", _as_text),
    "secretsmanager": ("SecretsManagerResponse", _as_text),
    "events": ("EventsHandler", _as_text),
    "logs": ("LogsResponse", _as_text),
}


@cache
def _actions(service: str) -> type[BaseResponse]:
    """Moto's actions of a service, imported when one is called first."""
    module = import_module(f"moto.{service}.responses")
    actions: type[BaseResponse] = getattr(module, SERVICES[service][0])
    return actions


_UPDATES = Updates()
# What these answer are items, which are in DynamoDB's own form already.
_OF_ITEMS = {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem"}


def answer(place: Place, operation: OperationModel, parameters: Mapping[str, Any]) -> Answer:
    """The answer of moto's service."""
    service = operation.service_model.service_name
    ask = SERVICES[service][1]
    response = _response(_actions(service)(), place, operation)
    try:
        if operation.name == "UpdateItem":
            result = _updated(response, place, parameters)
        else:
            result = _carried_out(response, operation, ask, parameters)
    except ServiceException as error:
        result = ActionResult(error)
    except HTTPException as error:
        headers = dict(error.get_headers() or [])
        return _parsed(operation, int(error.code or 500), headers, str(error.description))
    if isinstance(result, str | tuple):
        # EventBridge's actions give headers too.
        body, headers = (result, {}) if isinstance(result, str) else result
        return _parsed(operation, 200, headers, body)
    if operation.name in _OF_ITEMS:
        return succeeded(operation, copied(result.result))
    return _parsed(operation, *response.serialized(result))


def _carried_out(
    response: Any, operation: OperationModel, ask: Asked, parameters: Mapping[str, Any]
) -> Any:
    ask(response, parameters)
    return getattr(response, _action(operation.name))()


def _updated(response: Any, place: Place, parameters: Mapping[str, Any]) -> Any:
    try:
        return ActionResult(_UPDATES.carried_out(place, parameters))
    except NotCompiled:
        _as_parameters(response, parameters)
        result = response.update_item()
        _UPDATES.note_valid(place, parameters)
        return result


def copied(value: Any) -> Any:
    """A copy that shares no list or mapping with the value, as if it had been sent."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [copied(item) for item in value]
    return value


def _response(response: Any, place: Place, operation: OperationModel) -> Any:
    """What moto's dispatch would set up from a request; actions read no more of it."""
    response.current_account, response.region, response.partition = (
        place.account,
        place.region,
        "aws",
    )
    response.uri = (
        f"https://{operation.service_model.endpoint_prefix}.{place.region}.amazonaws.com/"
    )
    response.uri_match, response.querystring, response.response_headers = {}, {}, {}
    response.headers = {
        "X-Amz-Target": f"{operation.service_model.service_name}.{operation.name}",
        "Content-Type": "application/x-amz-json-1.0",
    }
    return response


@cache
def _action(operation: str) -> str:
    name: str = camelcase_to_underscores(operation)
    return name


def _parsed(
    operation: OperationModel, status: int, headers: Mapping[str, Any], body: str
) -> Answer:
    sent = dict(headers)
    gen_amzn_requestid_long(sent)
    return parsed(operation, status, sent, body)
