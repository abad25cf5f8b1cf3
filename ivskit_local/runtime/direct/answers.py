"""Answers of services as botocore would give them to its caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.compat import HTTPHeaders
from botocore.model import OperationModel
from botocore.parsers import ResponseParser, create_parser
from moto.utilities.aws_headers import gen_amzn_requestid_long

Parsed = dict[str, Any]
FAILED = 300


@dataclass(frozen=True)
class Answer:
    """A status and what botocore's parser makes of the answer."""

    status: int
    parsed: Parsed

    @property
    def failed(self) -> bool:
        """Whether botocore raises an error for it."""
        return self.status >= FAILED


def succeeded(operation: OperationModel, result: Parsed) -> Answer:
    """A success, with the metadata that an answer over HTTP has."""
    status = int(operation.http.get("responseCode", 200))
    metadata = {
        "RequestId": gen_amzn_requestid_long(),
        "HTTPStatusCode": status,
        "HTTPHeaders": {},
        "RetryAttempts": 0,
    }
    return Answer(status, {**result, "ResponseMetadata": metadata})


def parsed(operation: OperationModel, status: int, headers: Mapping[str, Any], body: str) -> Answer:
    """The answer that botocore's parser reads from HTTP's parts."""
    service: Any = operation.service_model
    parser: Any = _parser(service.resolved_protocol)
    answer = {
        "status_code": status,
        "headers": HTTPHeaders.from_dict(headers),
        "body": body.encode(),
    }
    read: Parsed = parser.parse(answer, operation.output_shape)
    if status >= FAILED:
        shape = service.shape_for_error_code(read.get("Error", {}).get("Code"))
        read.update(parser.parse(answer, shape) if shape else {})
    read["ResponseMetadata"]["RetryAttempts"] = 0
    return Answer(status, read)


@cache
def _parser(protocol: str) -> ResponseParser:
    return create_parser(protocol)
