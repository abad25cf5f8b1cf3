"""A request of an SDK, and the service it is for, as its signature says.

Nothing checks signatures: any credentials are good. Still a request needs some, for a page of
another site can send a browser's request, but not with headers of AWS.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs
from uuid import uuid4

from ivs_emulator.excerpts import excerpt

# By the names that signatures have for them, which are botocore's too.
JSON_SERVICES = (
    "dynamodb",
    "events",
    "kms",
    "logs",
    "scheduler",
    "secretsmanager",
    "sqs",
    "ssm",
)
XML_SERVICES = ("s3", "sts")
SERVICES = sorted(("ivs", *JSON_SERVICES, *XML_SERVICES))
# What X-Amz-Target begins with.
_TARGETS = {
    "AWSEvents": "events",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "DynamoDB_20120810": "dynamodb",
    "Logs_20140328": "logs",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
}
_SCOPE = re.compile(r"([^/,\s=]+)/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class WireAnswer:
    """An answer of HTTP.

    waits: a queue was empty, and the caller would wait for so many seconds: ask again until then.
    changes: whether the request may have changed anything in the world.
    lost: a fault takes the answer away: close the connection without it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    waits: float = 0.0
    changes: bool = False
    lost: bool = False


class Refused(Exception):
    """A request that is answered with an error, which has a code and a sentence."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        more: Mapping[str, object] | None = None,
        query_code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.more = more or {}
        self.query_code = query_code


@dataclass(frozen=True)
class Sent:
    """What an SDK sent; names of headers are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> "Sent":
        """From the parts of HTTP; a target may name the host too."""
        if not target.startswith("/"):
            target = "/" + target.partition("://")[2].partition("/")[2]
        path, _, query = target.partition("?")
        lower = {name.lower(): value for name, value in headers.items()}
        return cls(method.upper(), path, query, lower, body)

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @property
    def parameters(self) -> Mapping[str, list[str]]:
        """Those of the query."""
        return parse_qs(self.query, keep_blank_values=True)

    @property
    def named_service(self) -> str | None:
        """The service that the request names, whether it is there or not."""
        scope = self._scope()
        if scope:
            return scope[3]
        prefix = self.headers.get("x-amz-target", "").partition(".")[0]
        if prefix in _TARGETS:
            return _TARGETS[prefix]
        # Whoever may read an object needs no credentials.
        is_object = re.match(r"/[^/]+/.", self.path) and self.method in ("GET", "HEAD")
        return "s3" if is_object else None

    def service(self, region: str) -> str:
        """The service that is asked, in this region; raises Refused."""
        name = self.named_service
        if name is None:
            raise Refused(
                "MissingAuthenticationToken",
                "The request names no service: sign it with any credentials (Authorization: "
                "AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request).",
            )
        scope = self._scope()
        if scope and scope[2] != region:
            raise Refused(
                "InvalidRegion",
                f"The request is for {excerpt(scope[2])}, and this deployment is in {region}: set "
                f"AWS_REGION={region}.",
            )
        if name not in SERVICES:
            raise Refused(
                "UnknownService",
                f"{excerpt(name)} is not answered here; {', '.join(SERVICES)} are.",
            )
        return name

    def _scope(self) -> re.Match[str] | None:
        """The scope of its credentials; only S3's presigned URLs have them in the query."""
        found = _SCOPE.search(self.headers.get("authorization", ""))
        if found or "authorization" in self.headers:
            return found
        [presigned] = self.parameters.get("X-Amz-Credential", [""])[:1]
        found = _SCOPE.fullmatch(presigned)
        return found if found and found[3] == "s3" else None


def error_answer(sent: Sent, refused: Refused) -> WireAnswer:
    """An error as the SDK that asked reads it."""
    request_id, service = str(uuid4()), sent.named_service
    headers = {
        "x-amzn-ErrorType": refused.code,
        "x-amzn-RequestId": request_id,
        "x-amz-request-id": request_id,
    }
    if refused.query_code:
        fault = "Sender" if refused.status < 500 else "Receiver"
        headers["x-amzn-query-error"] = f"{refused.query_code};{fault}"
    if service == "s3" or sent.headers.get("content-type", "").startswith(_FORM):
        text = _xml(refused, request_id, wrapped=service != "s3")
        return WireAnswer(refused.status, {**headers, "Content-Type": "application/xml"}, text)
    said = {
        **refused.more,
        "__type": refused.code,
        "message": refused.message,
        "Message": refused.message,
    }
    kind = "application/json" if service in (None, "ivs", "scheduler") else _AMZ_JSON
    return WireAnswer(refused.status, {**headers, "Content-Type": kind}, json.dumps(said).encode())


_AMZ_JSON = "application/x-amz-json-1.1"


def _xml(refused: Refused, request_id: str, *, wrapped: bool) -> bytes:
    """S3's errors stand alone, those of the query protocol are wrapped."""
    code, message = _escaped(refused.code), _escaped(refused.message)
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    known = f"<RequestId>{request_id}</RequestId>"
    text = f"<Error>{inner}{known}</Error>"
    if wrapped:
        error = f"<Error><Type>Sender</Type>{inner}</Error>"
        text = f"<ErrorResponse>{error}{known}</ErrorResponse>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _escaped(text: str) -> str:
    # XML 1.0 has no way to write control characters.
    printable = "".join(one for one in text if one.isprintable() or one in "\n\t")
    return printable.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
