"""The automation stack: every automation of a stage, each in a module of its own."""

import json
from collections.abc import Callable, Iterable

from aws_cdk import Environment, Stack
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from ivskit import names

from .customer_key import allow_key, encrypt
from .managed_only import narrow
from .metadata import metadata
from .reconcile_streams import reconcile_streams
from .recordings import recordings
from .region import refuse_other_regions
from .restrict_playback import restrict_playback
from .revocation import revocation
from .rotate_playback_key import rotate_playback_key
from .rotate_stream_key import rotate_stream_key
from .settings import Settings
from .shared import Shared
from .stop_stream import stop_stream
from .take_down import take_down


class Automation:
    """The bus, the memory and the functions of one stage in one region.

    further: automations that are not of ivskit.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        further: Iterable[Callable[[Shared], None]] = (),
    ) -> None:
        refuse_other_regions(scope)
        settings.check_audience()
        settings.check_snap_start()
        if settings.policy.channels != "named":
            _claim_channels(scope, settings)
        shared = Shared(scope, settings=settings)
        self.bus, self.audit, self.schedules = shared.bus, shared.audit, shared.schedules
        self.functions, self.key = shared.functions, shared.key

        rotate = rotate_stream_key(shared)
        stop = stop_stream(shared, rotate=rotate)
        index = recordings(shared) if settings.recordings.index else None
        restrict = restrict_playback(shared) if settings.restrictions.enabled else None
        reconcile_streams(shared, rotate=rotate, stop=stop, index=index, restrict=restrict)
        if settings.metadata.enabled:
            metadata(shared)
        revocations = revocation(shared) if settings.revocation.enabled else None
        if settings.playback.enabled:
            rotate_playback_key(shared)
        if settings.take_down.enabled:
            take_down(shared, restrict=restrict, revocations=revocations)
        for add in further:
            add(shared)

        narrow(self.functions, settings=settings, channels=shared.channels)
        known = set[str]().union(*(function.commands for function in self.functions))
        stop.on_any_other_command(*known, queue=stop.queues[-1])
        self.bus.reserve_our_sources(for_roles=[function.role for function in self.functions])
        allow_key(self.key, self.functions, self.schedules.roles)
        encrypt(scope, self.key.arn if self.key else None)
        self._check_limits(settings)

    def _check_limits(self, settings: Settings) -> None:
        settings.check_concurrency(
            {each.package: each.concurrency for each in self.functions},
            {each.package: len(each.queues) for each in self.functions},
        )
        for function in self.functions:
            settings.check_rates(
                function.package, function.ivs_operations, at_most=function.queue_concurrency
            )


class AutomationStack(Stack):
    """The automation of one stage in one region."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        stack_name: str | None = None,
        env: Environment | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"ivskit ({settings.stage}): automation for Amazon IVS",
            termination_protection=settings.termination_protection,
            stack_name=stack_name,
            env=env,
        )
        automation = Automation(self, settings=settings)
        self.bus, self.audit, self.key = automation.bus, automation.audit, automation.key
        self.schedules, self.functions = automation.schedules, automation.functions


def _claim_channels(scope: Construct, settings: Settings) -> None:
    """Only one stage may act on channels that name none, so another such one cannot deploy.

    Creating a parameter that exists fails, and CloudFormation then names the resource.
    """
    claim = ssm.CfnParameter(
        scope,
        "Claim",
        name=names.MANAGED_CHANNELS,
        type="String",
        description="The one stage that manages channels which name no stage.",
        value=json.dumps({"stage": settings.stage, "channels": settings.policy.channels}),
    )
    claim.override_logical_id("AnotherStageManagesTheseChannels")
