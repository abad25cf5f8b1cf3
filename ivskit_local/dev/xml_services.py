"""S3 and STS over HTTP, which moto answers as it answers botocore: objects are bytes, not JSON."""

from typing import Any
from uuid import uuid4

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber

from ivskit_local.dev.sdk_requests import Refused, Sent, WireAnswer

# What concerns this connection only, or is the server's own to say.
_NOT_PASSED_ON = {"connection", "expect", "host", "transfer-encoding"}
_NOT_PASSED_BACK = {"connection", "content-length", "date", "server", "status"}
# Names of this machine, below which SDKs put the bucket's name.
_HERE = (".s3.localhost", ".localhost")


def answer(sent: Sent, service: str, region: str) -> WireAnswer:
    """moto's answer; raises Refused where it has none."""
    query = f"?{sent.query}" if sent.query else ""
    url = f"https://{service}.{region}.amazonaws.com{_path(sent, service)}{query}"
    headers: Any = HTTPHeaders()
    for name, value in sent.headers.items():
        if name not in _NOT_PASSED_ON:
            headers[name] = value
    said = BotocoreStubber().process_request(
        AWSPreparedRequest(sent.method, url, headers, sent.body, stream_output=False)
    )
    if said is None:
        raise Refused("NotImplemented", f"{service} does not answer this here.", status=501)
    status, given, body = said
    return WireAnswer(
        status,
        _passed_back(dict(given), sent),
        body.encode() if isinstance(body, str) else bytes(body),
        changes=sent.method not in ("GET", "HEAD") and service == "s3",
    )


def _path(sent: Sent, service: str) -> str:
    name = sent.host.rpartition(":")[0] or sent.host
    for suffix in _HERE:
        if service == "s3" and name.endswith(suffix) and name != suffix[1:]:
            bucket = name.removesuffix(suffix)
            return sent.path if bucket == "s3" else f"/{bucket}{sent.path}"
    return sent.path


def _passed_back(given: dict[str, Any], sent: Sent) -> dict[str, str]:
    headers = {name.lower(): str(value) for name, value in given.items()}
    kept = {name: value for name, value in headers.items() if name not in _NOT_PASSED_BACK}
    if sent.method == "HEAD" and "content-length" in headers:
        # The length of a body that is not there.
        kept["Content-Length"] = headers["content-length"]
    request_id = str(uuid4())
    return {"x-amzn-requestid": request_id, "x-amz-request-id": request_id, **kept}
