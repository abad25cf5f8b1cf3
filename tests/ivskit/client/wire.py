"""A client whose requests never leave: it is answered from a list, and remembers what was sent."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

REGION = "us-west-2"
Sent = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """An answer of the service."""

    body: Mapping[str, Any]
    status: int = 200
    code: str = ""


class _Raw(BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


class Wire:
    """Answers each request by `answer(operation, body)`, which may also raise."""

    def __init__(self, answer: Callable[[str, Sent], Said], config: Config | None = None) -> None:
        self.client: IVSClient = boto3.client("ivs", REGION, config=config)
        handler: Any = self._send
        self.client.meta.events.register("before-send.ivs", handler)
        self._answer = answer
        self.sent: list[tuple[str, Sent]] = []
        self.urls: list[str] = []

    def _send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        operation = str(request.url).rpartition("/")[2]
        body: Any = request.body
        sent = json.loads(body) if body else {}
        self.sent.append((operation, sent))
        self.urls.append(str(request.url))
        said = self._answer(operation, sent)
        headers: Any = {"x-amzn-ErrorType": said.code, "x-amzn-RequestId": "r-1"}
        raw: Any = _Raw(json.dumps(said.body).encode())
        return AWSResponse(str(request.url), said.status, headers, raw)
