"""The automation stack: every automation of a stage, each in a module of its own."""

import json

from aws_cdk import Stack
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from ivskit import names
from stacks.managed_only import narrow
from stacks.metadata import metadata
from stacks.reconcile_streams import reconcile_streams
from stacks.region import refuse_other_regions
from stacks.revocation import revocation
from stacks.rotate_stream_key import rotate_stream_key
from stacks.settings import Settings
from stacks.shared import Shared
from stacks.stop_stream import stop_stream


class AutomationStack(Stack):
    """The bus, the memory and the functions of one stage in one region."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"ivskit ({settings.stage}): automation for Amazon IVS",
            termination_protection=settings.termination_protection,
        )
        refuse_other_regions(self)
        settings.check_audience()
        if settings.policy.channels != "named":
            self._claim_channels(settings)
        shared = Shared(self, settings=settings)
        self.bus, self.audit, self.schedules = shared.bus, shared.audit, shared.schedules
        self.functions = shared.functions

        rotate = rotate_stream_key(shared)
        stop = stop_stream(shared, rotate=rotate)
        reconcile_streams(shared, rotate=rotate, stop=stop)
        if settings.metadata.enabled:
            metadata(shared)
        if settings.revocation.enabled:
            revocation(shared)

        narrow(self.functions, settings=settings, channels=shared.channels)
        known = set[str]().union(*(function.commands for function in self.functions))
        stop.on_any_other_command(*known, queue=stop.queues[-1])
        self.bus.reserve_our_sources(for_roles=[function.role for function in self.functions])
        self._check_limits(settings)

    def _check_limits(self, settings: Settings) -> None:
        settings.check_concurrency(
            {each.package: each.concurrency for each in self.functions},
            {each.package: len(each.queues) for each in self.functions},
        )
        for function in self.functions:
            settings.check_rates(function.package, function.ivs_operations)

    def _claim_channels(self, settings: Settings) -> None:
        """Only one stage may act on channels that name none, so another such one cannot deploy.

        Creating a parameter that exists fails, and CloudFormation then names the resource.
        """
        claim = ssm.CfnParameter(
            self,
            "Claim",
            name=names.MANAGED_CHANNELS,
            type="String",
            description="The one stage that manages channels which name no stage.",
            value=json.dumps({"stage": settings.stage, "channels": settings.policy.channels}),
        )
        claim.override_logical_id("AnotherStageManagesTheseChannels")
