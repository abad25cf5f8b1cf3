"""Timed metadata: text that all viewers get at the same point of the stream.

Source: IVS Low-Latency Streaming API reference, User Guide "Embedding Metadata within a Video
Stream", and service quotas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ivskit import quotas
from ivskit.errors import Ambiguous, IvsError, NotSent, is_ambiguous
from ivskit.metadata_text import is_utf8

if TYPE_CHECKING:
    from ivskit.client.api import Api

_OPERATION = "PutMetadata"
_UTF8 = "characters of UTF-8 only"
# Whether the call that is being made must not be retried.
_once: ContextVar[bool] = ContextVar("once", default=False)


class Metadata:
    """Calls about timed metadata."""

    def __init__(self, api: Api) -> None:
        self._api = api
        # Any, since the stubs know no handler that returns a value.
        handler: Any = _no_unsafe_retry
        # The client is the caller's: this handler runs before those that it has for retries.
        api.client.meta.events.register_first(
            f"needs-retry.ivs.{_OPERATION}", handler, unique_id="ivskit-once"
        )

    def put(self, channel_arn: str, text: str, *, twice_is_fine: bool = False) -> None:
        """Insert the text into the live stream as soon as possible.

        PutMetadata, 155 calls a second per account and 5 per channel, 1 to 1,024 bytes of UTF-8.
        Raises NotLive, NotFound, Throttled (nothing was inserted), and Ambiguous when the answer
        was lost, since a retry could insert the text twice. With `twice_is_fine` the call is
        retried, and raises Unavailable instead.
        """
        sent = {"channelArn": channel_arn, "metadata": text}
        self._api.check(_OPERATION, sent)
        _check_bytes(text)
        failure = self._put(sent, once=not twice_is_fine)
        # Outside of `except`: an error that quotes the text must not be the context of this one.
        if failure is not None:
            raise failure

    def _put(self, sent: Mapping[str, str], *, once: bool) -> IvsError | None:
        try:
            with _made_once(once):
                self._api.send(_OPERATION, sent)
        except IvsError as error:
            # A pacer's own error comes before the call.
            lost = error.operation == _OPERATION and is_ambiguous(error.__cause__)
            kind = Ambiguous if once and lost else type(error)
            return _without_secret(error, kind, secret=sent["metadata"])
        return None


def _no_unsafe_retry(
    response: tuple[object, Any] | None,
    caught_exception: Exception | None,
    **_: object,
) -> bool | None:
    """Keep botocore from retrying a call that may have been carried out; else let it decide."""
    if not _once.get():
        return None
    error = ClientError(response[1], _OPERATION) if response else caught_exception
    return False if is_ambiguous(error) else None


@contextmanager
def _made_once(once: bool) -> Iterator[None]:
    before = _once.set(once)
    try:
        yield
    finally:
        _once.reset(before)


def _check_bytes(text: str) -> None:
    most = quotas.METADATA_BYTES
    if not is_utf8(text):
        raise NotSent(_OPERATION, field="metadata", limit=_UTF8, value="an unpaired surrogate")
    size = len(text.encode())
    if size > most:
        limit = f"at most {most} bytes of UTF-8"
        raise NotSent(_OPERATION, field="metadata", limit=limit, value=size)


def _without_secret(error: IvsError, kind: type[IvsError], *, secret: str) -> IvsError:
    """The error as one of this kind, without quotes of the secret."""
    quotes = secret in f"{error} {error.__cause__}"
    ours = kind(
        "(removed, since it quotes the metadata)" if quotes else error.message,
        operation=error.operation,
        code=error.code,
        http_status=error.http_status,
        request_id=error.request_id,
    )
    ours.__cause__ = None if quotes else error.__cause__
    return ours
