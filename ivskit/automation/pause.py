"""The pause: a parameter by which people stop automation at once, without a deployment.

It is `off`, or says who paused, since when and why; any other text pauses too, since a person who
wrote it by hand meant to pause. During a pause automation decides everything and begins nothing; it
finishes what it began, so that no channel stays without a key. Commands still act, unless the pause
holds them too.
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

# One quick try: the caller holds a channel's lease, and a failure does no harm.
_CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=2)


class Pause:
    """The parameter, seen from one function, which reads it every 30 seconds at most.

    After a failed read, the last known value holds. Where nothing was ever read nothing is paused,
    since pauses are rare, and a moderator's stop must not depend on another service. `make_client`
    is boto3.client.
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
        # Creating a client takes as long as several calls: not before it is needed.
        self._client = self._client or self._make_client("ssm", config=_CONFIG)
        try:
            found = self._client.get_parameter(Name=self._name)
        except (BotoCoreError, ClientError) as error:
            still = self._standing.sentence if self._standing else names.PAUSE_OFF
            self._logger.warning("Pause not read", error=str(error), still=still)
            return
        self._standing = standing(found["Parameter"]["Value"])
