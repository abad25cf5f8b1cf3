"""AWS's JSON protocols, from the server's side, by botocore's models: json 1.0 and 1.1, rest-json.

moto has this too, in modules that each of its versions calls otherwise.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from botocore.exceptions import ClientError
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel

from ivs_emulator.excerpts import excerpt
from ivs_emulator.json_input import read_json
from ivskit_local.dev.sdk_requests import Refused, Sent, WireAnswer

Given = dict[str, Any]


def read(model: ServiceModel, sent: Sent) -> tuple[OperationModel, Given]:
    """The operation and its parameters, as botocore's clients take them; raises Refused."""
    if model.metadata["protocol"] == "rest-json":
        operation, of_path = _routed(model, sent)
        return operation, {**_given_body(operation, sent), **_beside(operation, of_path, sent)}
    if "x-amz-target" not in sent.headers:
        raise Refused(
            "UnsupportedProtocol",
            f"{model.service_name} is answered in JSON here (X-Amz-Target): SDKs of before November"
            " 2023 have another protocol for it.",
        )
    name = sent.headers["x-amz-target"].rpartition(".")[2]
    try:
        operation = model.operation_model(name)
    except OperationNotFoundError as error:
        raise _unknown(model, f"X-Amz-Target {excerpt(name)!r}") from error
    return operation, _given_body(operation, sent)


def answer(operation: OperationModel, result: Mapping[str, Any]) -> WireAnswer:
    """What an operation answers, in its protocol."""
    shape: Any = operation.output_shape
    body = json.dumps(_written(shape, result) if shape is not None else {})
    metadata = operation.service_model.metadata
    version = metadata.get("jsonVersion")
    headers = {
        "Content-Type": f"application/x-amz-json-{version}" if version else "application/json",
        "x-amzn-RequestId": str(uuid4()),
    }
    return WireAnswer(int(operation.http.get("responseCode", 200)), headers, body.encode())


def refused(operation: OperationModel, error: ClientError) -> Refused:
    """An error that a call of botocore's raised, with the members that its model has."""
    said: Any = error.response
    name = said["Error"].get("QueryErrorCode") or said["Error"]["Code"]
    shape: Any = operation.service_model.shape_for_error_code(name)
    return Refused(
        name,
        str(said["Error"].get("Message", "")),
        status=int(said.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)),
        more=_written(shape, said) if shape is not None else {},
        query_code=said["Error"]["Code"] if "QueryErrorCode" in said["Error"] else None,
    )


def _unknown(model: ServiceModel, what: str) -> Refused:
    return Refused("UnknownOperationException", f"{what} is no operation of {model.service_name}.")


# Where rest-json has it.


def _routed(model: ServiceModel, sent: Sent) -> tuple[OperationModel, Mapping[str, str]]:
    for name, method, path in _routes(model):
        match = path.fullmatch(sent.path.rstrip("/")) if method == sent.method else None
        if match:
            of_path = {key: unquote(value) for key, value in match.groupdict().items()}
            return model.operation_model(name), of_path
    raise _unknown(model, f"{sent.method} {excerpt(sent.path)}")


@cache
def _routes(model: ServiceModel) -> list[tuple[str, str, re.Pattern[str]]]:
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = http["requestUri"].partition("?")[0].rstrip("/")
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
        routes.append((name, http["method"], re.compile(pattern)))
    return routes


def _beside(operation: OperationModel, of_path: Mapping[str, str], sent: Sent) -> Given:
    """Members that stand in the path or in the query."""
    found: Given = {}
    shape: Any = operation.input_shape
    for name, member in shape.members.items():
        key = member.serialization.get("name", name)
        values = sent.parameters.get(key)
        match member.serialization.get("location"):
            case "uri":
                found[name] = of_path[key]
            case "querystring" if values is not None:
                found[name] = _of_query(member, list(values))
    return found


def _of_query(shape: Any, values: list[str]) -> Any:
    if shape.type_name == "list":
        return values
    if shape.type_name in ("integer", "long") and re.fullmatch(r"-?\d{1,18}", values[0]):
        return int(values[0])
    return values[0]


# From JSON.


def _given_body(operation: OperationModel, sent: Sent) -> Given:
    try:
        body = read_json(sent.body)
    except ValueError as error:
        raise Refused(
            "SerializationException", f"The body is no JSON in UTF-8: {error}."
        ) from error
    if not isinstance(body, dict):
        raise Refused("SerializationException", "The body must be a JSON object.")
    shape: Any = operation.input_shape
    given: Given = _given(shape, body) if shape is not None else {}
    return given


def _given(shape: Any, value: Any) -> Any:
    """A value as botocore's clients take it; what has the wrong type is left to be refused."""
    match shape.type_name, value:
        case "structure", dict() if not shape.is_document_type:
            return _members(shape, value)
        case "list", list():
            return [_given(shape.member, one) for one in value if one is not None]
        case "map", dict():
            return {key: _given(shape.value, one) for key, one in value.items()}
        case "blob", str():
            return _bytes(value)
        case "timestamp", int() | float() | str():
            return _moment(value)
    return value


def _members(shape: Any, value: Mapping[str, Any]) -> Given:
    named = {member.serialization.get("name", name): name for name, member in shape.members.items()}
    # A name that the model does not have stays, and is refused by it.
    return {
        named.get(key, key): _given(shape.members[named[key]], one) if key in named else one
        for key, one in value.items()
        if one is not None
    }


def _bytes(value: str) -> bytes:
    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise Refused("SerializationException", f"A blob is no Base64: {error}.") from error


def _moment(value: float | str) -> datetime:
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Refused("SerializationException", f"{excerpt(str(value))} is no time.") from error


# To JSON.


def _written(shape: Any, value: Any) -> Any:
    match shape.type_name, value:
        case "structure", Mapping():
            return _written_members(shape, value)
        case "list", list() | tuple():
            return [_written(shape.member, one) for one in value]
        case "map", Mapping():
            return {key: _written(shape.value, one) for key, one in value.items()}
        case "blob", bytes():
            return b64encode(value).decode()
        case "timestamp", datetime():
            return _written_time(shape, value)
    return value


def _written_members(shape: Any, value: Mapping[str, Any]) -> Given:
    if shape.is_document_type:
        return dict(value)
    return {
        member.serialization.get("name", name): _written(member, value[name])
        for name, member in shape.members.items()
        if value.get(name) is not None and "location" not in member.serialization
    }


def _written_time(shape: Any, value: datetime) -> float | str:
    if shape.serialization.get("timestampFormat") == "iso8601":
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return round(value.timestamp(), 3)
