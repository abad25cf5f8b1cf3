"""Checks, paces and sends the operations of one client, and translates their errors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from ivskit.arguments import plain
from ivskit.client.checks import check
from ivskit.errors import FROM_BOTOCORE, NotFound, Unavailable, translate

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.model import OperationModel

    from ivskit.pacing import Pacer


class Api:
    """What all resources send their calls through."""

    def __init__(self, client: "BaseClient", pacers: Mapping[str, "Pacer"]) -> None:
        for name in pacers:
            _check_operation(name, client.meta.service_model.operation_names)
        self.client = client
        self._pacers = pacers

    def call(self, operation: str, **given: object) -> Mapping[str, Any]:
        """The service's answer; arguments that are None are left out."""
        params = _params(given)
        self.check(operation, params)
        return self.send(operation, params)

    def find(self, operation: str, **given: object) -> Mapping[str, Any] | None:
        """The service's answer, or None where the resource does not exist."""
        params = _params(given)
        self.check(operation, params)
        try:
            return self.send(operation, params)
        except NotFound:
            return None

    def pages(self, operation: str, member: str, **given: object) -> Iterator[Mapping[str, Any]]:
        """The items of a list, page by page as they are asked for, in pages of the largest size."""
        return self._pages(operation, member, self._of_largest_pages(operation, given))

    def page(self, operation: str, **given: object) -> Mapping[str, Any]:
        """One page of the largest size, with the token of the next as `nextToken`."""
        return self.send(operation, self._of_largest_pages(operation, given))

    def _of_largest_pages(self, operation: str, given: Mapping[str, object]) -> dict[str, Any]:
        params = _params(given)
        self.check(operation, params)
        shape: Any = self._model(operation).input_shape
        return params | {"maxResults": shape.members["maxResults"].metadata["max"]}

    def check(self, operation: str, params: Mapping[str, Any]) -> None:
        """Raise NotSent for what the service would refuse."""
        check(self._model(operation), params, region=self.client.meta.region_name)

    def send(self, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The service's answer to arguments that have been checked."""
        method: Callable[..., Mapping[str, Any]] = getattr(self.client, xform_name(operation))
        pacer = self._pacers.get(operation)
        with pacer.turn() if pacer else nullcontext():
            try:
                return method(**params)
            except FROM_BOTOCORE as error:
                ours = translate(error, operation)
            # Outside of `except`: botocore's error may quote secrets, and must not be its context.
            raise ours

    def _pages(
        self, operation: str, member: str, params: Mapping[str, Any]
    ) -> Iterator[Mapping[str, Any]]:
        answer = self.send(operation, params)
        yield from answer.get(member, ())
        while token := answer.get("nextToken"):
            if token == params.get("nextToken"):
                raise Unavailable("the same page for ever", operation=operation)
            params = {**params, "nextToken": token}
            answer = self.send(operation, params)
            yield from answer.get(member, ())

    def _model(self, operation: str) -> "OperationModel":
        return self.client.meta.service_model.operation_model(operation)


def _params(given: Mapping[str, object]) -> dict[str, Any]:
    return {name: plain(value) for name, value in given.items() if value is not None}


def _check_operation(name: str, known: Sequence[str]) -> None:
    """Raise ValueError for a name that is not an operation's, and suggest similar ones."""
    if name in known:
        return
    from difflib import get_close_matches  # imported only where it is needed, for cold starts

    plain_names = {each.casefold(): each for each in known}
    meant = str(name).replace("_", "").replace("-", "").casefold()
    close = [plain_names[each] for each in get_close_matches(meant, plain_names)]
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise ValueError(f"pacers: IVS has no operation {name!r}{hint}")
