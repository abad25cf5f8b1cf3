"""What watches and acts: every function, with what it reacts to and what it may do."""

import json
from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from ivskit import names
from ivskit.durations import format_duration
from stacks.audit import Audit
from stacks.bus import Bus
from stacks.event_function import EventFunction
from stacks.event_queue import EventQueue, Urgency
from stacks.layer import ivskit_layer
from stacks.metadata import MetadataQueue
from stacks.region import refuse_other_regions
from stacks.revocation import RevocationStores
from stacks.schedules import Schedules
from stacks.settings import Settings
from stacks.tables import memory_table

PLANNING_SECONDS, PLANNING_MEGABYTES = 300, 1024
# What it takes to deliver keys, by store.
WRITE_KEYS = {
    "secretsmanager": [
        "DescribeSecret",
        "CreateSecret",
        "DeleteSecret",
        "PutSecretValue",
        "TagResource",
    ],
    "ssm": ["GetParameter", "PutParameter", "DeleteParameter", "AddTagsToResource"],
}
READ_KEYS = {"secretsmanager": ["DescribeSecret"], "ssm": ["GetParameter"]}
RANDOM_IDS = "IVS makes up the ids of channels and keys, and new ones may appear at any time."


class AutomationStack(Stack):
    """The bus, the memory and the functions of one stage in one region."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        description = f"ivskit ({settings.stage}): automation for Amazon IVS"
        super().__init__(
            scope,
            construct_id,
            description=description,
            termination_protection=settings.termination_protection,
        )
        self._settings = settings
        refuse_other_regions(self)
        settings.check_audience()
        self.functions: list[EventFunction] = []
        if settings.policy.channels != "named":
            self._claim_channels()
        self.bus = Bus(self, "Bus", settings=settings)
        self.audit = Audit(self, "Audit", settings=settings, bus=self.bus)
        self.memory = self._memory()
        self.pause = self._pause()
        self.schedules = Schedules(self, "Schedules", settings=settings)
        self.layer = ivskit_layer(self, settings=settings)

        rotate = self._rotate_stream_key()
        stop = self._stop_stream(rotate)
        self._reconcile_streams(rotate, stop)
        if settings.metadata.enabled:
            self._push_metadata()
        if settings.revocation.enabled:
            self._revoke_viewers()
        known = set[str]().union(*(function.commands for function in self.functions))
        stop.on_any_other_command(*known, queue=stop.queues[-1])

        self.bus.reserve_our_sources(for_roles=[function.role for function in self.functions])
        settings.check_concurrency(
            {each.package: each.concurrency for each in self.functions},
            {each.package: len(each.queues) for each in self.functions},
        )
        for function in self.functions:
            settings.check_rates(function.package, function.ivs_operations)

    def _claim_channels(self) -> None:
        """Only one stage may act on channels that name none, so another such one cannot deploy.

        Creating a parameter that exists fails, and CloudFormation then names the resource.
        """
        claim = ssm.CfnParameter(
            self,
            "Claim",
            name=names.MANAGED_CHANNELS,
            type="String",
            description="The stage that manages channels which name no stage; there is one.",
            value=json.dumps(
                {"stage": self._settings.stage, "channels": self._settings.policy.channels}
            ),
        )
        claim.override_logical_id("AnotherStageManagesTheseChannels")

    def _rotate_stream_key(self) -> EventFunction:
        rotate = self._function("RotateStreamKey", package="rotate_stream_key")
        rotate.on_change(names.STREAM_STATE_CHANGE, names.STREAM_END)
        rotate.on_command(names.ROTATE_STREAM_KEY)
        rotate.look_again_through(self.schedules)
        self._may_act(rotate)
        rotate.allow(
            "ivs:GetChannel",
            "ivs:GetStream",
            "ivs:GetStreamSession",
            "ivs:ListStreamKeys",
            on=self._arn("ivs", "channel/*"),
            because=RANDOM_IDS,
        )
        self._may_change_keys(rotate)
        return rotate

    def _stop_stream(self, rotate: EventFunction) -> EventFunction:
        stop = self._function("StopStream", package="stop_stream")
        stop.on_change(names.STREAM_STATE_CHANGE, names.STREAM_START)
        stop.on_change(names.STREAM_HEALTH_CHANGE, names.STARVATION_START)
        stop.on_limit_breach(*names.LIMITS)
        urgent = stop.on_urgent_commands(
            names.STOP_STREAM, names.BLOCK_CHANNEL, names.UNBLOCK_CHANNEL
        )
        stop.look_again_through(self.schedules)
        stop.send_to(rotate.queue, variable="IVSKIT_ROTATION_QUEUE_URL")
        stop.send_to(urgent, variable="IVSKIT_URGENT_QUEUE_URL")
        stop.tell("IVSKIT_KEYS", self._settings.keys.model_dump_json())
        stop.tell("IVSKIT_URGENT_LANES", str(stop.queue_concurrency))
        self._may_act(stop)
        stop.allow(
            "ivs:GetChannel",
            "ivs:GetStream",
            "ivs:GetStreamSession",
            "ivs:ListStreamKeys",
            "ivs:ListStreamSessions",
            "ivs:StopStream",
            "ivs:TagResource",
            "ivs:UntagResource",
            on=self._arn("ivs", "channel/*"),
            because=RANDOM_IDS,
        )
        if self._settings.policy.shed != "none":
            every = self._arn("ivs", "channel/*")
            stop.allow("ivs:ListStreams", "ivs:BatchGetChannel", on=every, because=RANDOM_IDS)
        stop.allow(
            "ivs:ListStreamKeys",
            "ivs:DeleteStreamKey",
            on=self._arn("ivs", "stream-key/*"),
            because=RANDOM_IDS,
        )
        return stop

    def _reconcile_streams(self, rotate: EventFunction, stop: EventFunction) -> None:
        # Sweeps exclude each other; Lambda allows no less than two.
        sweep = self._function(
            "ReconcileStreams",
            package="reconcile_streams",
            concurrency=2,
            batch_size=1,
            timeout_seconds=names.SWEEP_TIMEOUT_SECONDS,
        )
        sweep.tell("IVSKIT_OVERDUE", format_duration(self._settings.sweep.overdue))
        sweep.recur(self.schedules, names.SWEEP, every=self._settings.sweep.every)
        sweep.send_to(rotate.queue, variable="IVSKIT_ROTATION_QUEUE_URL")
        sweep.send_to(stop.queue, variable="IVSKIT_STOP_QUEUE_URL")
        sweep.tell("IVSKIT_MEMORY", self.memory.table_name)
        sweep.allow("dynamodb:BatchGetItem", "dynamodb:UpdateItem", on=self.memory.table_arn)
        sweep.allow("dynamodb:Query", on=f"{self.memory.table_arn}/index/{names.WATCHED_INDEX}")
        sweep.allow(
            "ivs:BatchGetChannel",
            "ivs:GetStreamSession",
            "ivs:ListChannels",
            "ivs:ListStreamKeys",
            "ivs:ListStreams",
            on=self._arn("ivs", "channel/*"),
            because=RANDOM_IDS,
        )
        sweep.allow("ivs:ListStreamKeys", on=self._arn("ivs", "stream-key/*"), because=RANDOM_IDS)
        sweep.tell("IVSKIT_KEYS", self._settings.keys.model_dump_json())
        self._may_use_store(sweep, READ_KEYS)
        self._may_list_stored_keys(sweep)

    def _may_change_keys(self, function: EventFunction) -> None:
        function.allow(
            "ivs:ListStreamKeys",
            "ivs:GetStreamKey",
            "ivs:DeleteStreamKey",
            "ivs:CreateStreamKey",
            "ivs:TagResource",
            on=self._arn("ivs", "stream-key/*"),
            because=RANDOM_IDS,
        )
        self._may_use_store(function, WRITE_KEYS)
        function.tell("IVSKIT_KEYS", self._settings.keys.model_dump_json())

    def _may_list_stored_keys(self, sweep: EventFunction) -> None:
        match self._settings.keys.store:
            case "secretsmanager":
                why = "Secrets Manager grants a list of all secrets or of none; it holds no values."
                sweep.allow("secretsmanager:ListSecrets", on="*", because=why)
            case "ssm":
                path = names.key_parameter_prefix(self._settings.stage).rstrip("/")
                sweep.allow("ssm:GetParametersByPath", on=self._arn("ssm", f"parameter{path}"))

    def _may_use_store(self, function: EventFunction, by_store: Mapping[str, list[str]]) -> None:
        """Permit these actions of the store of the settings, on what it keeps for channels."""
        stage, store = self._settings.stage, self._settings.keys.store
        kept = {
            "secretsmanager": f"secret:{names.secret_prefix(stage)}*",
            "ssm": f"parameter{names.key_parameter_prefix(stage)}*",
        }
        if store in kept:
            function.allow(
                *(f"{store}:{action}" for action in by_store[store]),
                on=self._arn(store, kept[store]),
                because="Every channel has a copy of its own, named after the channel.",
            )

    def _push_metadata(self) -> None:
        queue = MetadataQueue(self, "MetadataQueue", settings=self._settings)
        settings = self._settings.metadata
        # It welcomes viewers again and again, as long as the session lives.
        fan_out = self._function("QueueMetadata", package="queue_metadata", may_loop=True)
        fan_out.on_command(names.PUSH_METADATA)
        if settings.welcomes:
            fan_out.on_change(names.STREAM_STATE_CHANGE, names.STREAM_START)
        fan_out.look_again_through(self.schedules)
        fan_out.send_to(queue, variable="IVSKIT_METADATA_QUEUE_URL")
        welcomes = settings.model_dump(mode="json")["welcomes"]
        fan_out.tell("IVSKIT_WELCOMES", json.dumps(welcomes, ensure_ascii=False))
        self._may_act(fan_out)
        fan_out.allow(
            "ivs:GetChannel", "ivs:GetStream", on=self._arn("ivs", "channel/*"), because=RANDOM_IDS
        )
        push = self._function(
            "PushMetadata", package="push_metadata", queue=queue, concurrency=settings.lanes
        )
        push.allow("sqs:SendMessage", on=queue.dead_letters.queue_arn)
        push.tell("IVSKIT_DEAD_LETTERS_URL", queue.dead_letters.queue_url)
        self._may_act(push, "dynamodb:BatchGetItem")
        push.allow(
            "ivs:BatchGetChannel",
            "ivs:PutMetadata",
            on=self._arn("ivs", "channel/*"),
            because=RANDOM_IDS,
        )

    def _revoke_viewers(self) -> None:
        kept = RevocationStores(self, "Revocation", settings=self._settings)
        plan = self._function(
            "PlanRevocation",
            package="plan_revocation",
            concurrency=2,
            batch_size=1,
            timeout_seconds=PLANNING_SECONDS,
            memory_megabytes=PLANNING_MEGABYTES,
        )
        plan.on_urgent_commands(
            names.REVOKE_VIEWERS, names.CANCEL_REVOCATION, names.RESUME_REVOCATION
        )
        plan.look_again_through(self.schedules)
        # A chunk comes back every five minutes, as long as a pause lasts.
        revoke = self._function(
            "RevokeViewers",
            package="revoke_viewers",
            # A large job waits in its queues for as long as it lasts.
            urgency="low",
            concurrency=names.REVOCATION_LANES,
            may_loop=True,
        )
        self._connect(plan, revoke)
        channels = self._arn("ivs", "channel/*")
        plan.tell("IVSKIT_CHANNELS", self._arn("ivs", "channel/"))
        plan.allow("ivs:BatchGetChannel", on=channels, because=RANDOM_IDS)
        revoke.allow(
            "ivs:BatchStartViewerSessionRevocation",
            "ivs:StartViewerSessionRevocation",
            on=channels,
            because=RANDOM_IDS,
        )
        kept.be_planned_by(plan)
        kept.be_counted_by(revoke)
        if self._settings.revocation.audience:
            plan.on_change(names.STREAM_STATE_CHANGE, names.STREAM_END)
            plan.allow(
                "ivs:GetChannel",
                "ivs:GetStream",
                "ivs:GetStreamSession",
                on=channels,
                because=RANDOM_IDS,
            )

    def _connect(self, plan: EventFunction, revoke: EventFunction) -> None:
        """Chunks go the one way, by the queue for many or for few; finished jobs the other."""
        few = revoke.another_queue("Few", batch_size=1, urgency="low")
        for function in (plan, revoke):
            function.allow("ssm:GetParameter", on=self.pause.parameter_arn)
            function.send_to(few, variable="IVSKIT_SINGLE_QUEUE_URL")
        plan.send_to(revoke.queue, variable="IVSKIT_BATCH_QUEUE_URL")
        for queue in (few, revoke.queue):
            plan.allow("sqs:GetQueueAttributes", on=queue.events.queue_arn)
        revoke.send_to(revoke.queue)
        revoke.send_to(plan.queue, variable="IVSKIT_PLAN_QUEUE_URL")

    def _function(
        self,
        construct_id: str,
        *,
        package: str,
        queue: EventQueue | None = None,
        concurrency: int | None = None,
        may_loop: bool = False,
        urgency: Urgency = "normal",
        **shape: int,
    ) -> EventFunction:
        function = EventFunction(
            self,
            construct_id,
            package=package,
            settings=self._settings,
            layer=self.layer,
            bus=self.bus,
            queue=queue,
            concurrency=concurrency,
            may_loop=may_loop,
            urgency=urgency,
            **shape,
        )
        self.functions.append(function)
        return function

    def _may_act(self, function: EventFunction, *also: str) -> None:
        """What every function needs that acts on channels: whether it may now, and its memory."""
        function.allow("ssm:GetParameter", on=self.pause.parameter_arn)
        function.allow("dynamodb:UpdateItem", *also, on=self.memory.table_arn)
        function.tell("IVSKIT_MEMORY", self.memory.table_name)

    def _pause(self) -> ssm.StringParameter:
        """A deploy leaves what it says: CloudFormation writes only what changes in the template."""
        return ssm.StringParameter(
            self,
            "Pause",
            parameter_name=names.pause_parameter(self._settings.stage),
            description="off, or who stopped all acting: ivskit pause and ivskit resume write it.",
            string_value=names.PAUSE_OFF,
        )

    def _memory(self) -> dynamodb.ITable:
        table = memory_table(self, "Memory", existing=self._settings.tables.memory)
        what = "What ivskit remembers of each channel."
        ssm.StringParameter(
            self,
            "MemoryAddress",
            parameter_name=names.memory_parameter(self._settings.stage),
            description=what,
            string_value=table.table_name,
        )
        CfnOutput(self, "MemoryName", value=table.table_name, description=what)
        return table

    def _arn(self, service: str, rest: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"
