"""The pause: a parameter by which people stop all acting at once, without a deploy.

It says `off`, or who paused, since when and why; any other text pauses too, for whoever wrote it by
hand meant something by it. While it lasts automation decides everything and begins nothing; what
was begun is finished, so that no channel stays without a key. Commands act all the same, unless the
pause says that it holds them too.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ivskit import names
from ivskit.automation.environment import Environment
from ivskit.pause_state import READ_EVERY, Standing, standing
from ivskit.policy import Policy

# One quick try: it is made while a channel's lease is held, and may as well fail.
_CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=2)


class Pause:
    """The parameter, seen from one function, which reads it every 30 seconds at most.

    A read that fails stops nothing: what was known before still holds. Where nothing was ever read
    nothing is paused, since pauses are rare, and a moderator's stop must not need another service.
    `make_client` is boto3's.
    """

    def __init__(
        self,
        environment: Environment,
        make_client: Callable[..., Any],
        *,
        logger: Logger,
        clock: Callable[[], datetime],
    ) -> None:
        self._make_client = make_client
        self._client: Any = None
        self._name = names.pause_parameter(environment.stage)
        self._logger = logger
        self._clock = clock
        self._read_at: datetime | None = None
        self._standing: Standing | None = None

    def over(self, policy: Policy) -> Policy:
        """The policy as it is now: while paused, automation carries out nothing of it."""
        if policy.is_observed:
            return policy
        standing = self._known()
        if standing is None:
            return policy
        changes = {
            "mode": "observe",
            "paused": standing.sentence,
            "commands_paused": standing.commands_too,
        }
        return policy.model_copy(update=changes)

    def _known(self) -> Standing | None:
        now = self._clock()
        if self._read_at is None or now - self._read_at >= READ_EVERY:
            self._read_at = now
            self._read()
        return self._standing

    def _read(self) -> None:
        # A client takes as long to make as several calls: not before it is needed.
        self._client = self._client or self._make_client("ssm", config=_CONFIG)
        try:
            found = self._client.get_parameter(Name=self._name)
        except (BotoCoreError, ClientError) as error:
            still = self._standing.sentence if self._standing else names.PAUSE_OFF
            self._logger.warning("Pause not read", error=str(error), still=still)
            return
        self._standing = standing(found["Parameter"]["Value"])
