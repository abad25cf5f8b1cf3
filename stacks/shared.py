"""What all automations of a stage share, and what their functions have in common."""

from pathlib import Path

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from ivskit import names

from .audit import Audit
from .bus import Bus
from .customer_key import customer_key
from .event_function import EventFunction
from .event_queue import EventQueue, Urgency
from .layer import ivskit_layer
from .schedules import Schedules
from .settings import Settings
from .sources import FUNCTIONS
from .tables import memory_table

RANDOM_IDS = "IVS makes up the ids of channels and keys, and new ones may appear at any time."


class Shared:
    """The bus, the audit log, the memory, the pause, the schedules and the layer of one stage."""

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        self.scope = scope
        self.settings = settings
        self.functions: list[EventFunction] = []
        self.key = customer_key(scope, settings)
        self.bus = Bus(scope, "Bus", settings=settings)
        self.audit = Audit(scope, "Audit", settings=settings, bus=self.bus)
        self.memory = _memory(scope, settings)
        # The index of recordings, once there is one.
        self.recordings: dynamodb.ITable | None = None
        self.pause = _pause(scope, settings)
        self.schedules = Schedules(scope, "Schedules", settings=settings)
        self.layer = ivskit_layer(scope, settings=settings)

    @property
    def channels(self) -> str:
        """The ARN of every channel; a statement on it needs the reason RANDOM_IDS."""
        return self.arn("ivs", "channel/*")

    @property
    def stream_keys(self) -> str:
        """The ARN of every stream key; a statement on it needs the reason RANDOM_IDS."""
        return self.arn("ivs", "stream-key/*")

    def arn(self, service: str, rest: str) -> str:
        """An ARN in the partition, region and account of the stack."""
        stack = Stack.of(self.scope)
        return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{rest}"

    def function(
        self,
        construct_id: str,
        *,
        package: str,
        purpose: str,
        queue: EventQueue | None = None,
        concurrency: int | None = None,
        may_loop: bool = False,
        urgency: Urgency = "normal",
        folder: Path = FUNCTIONS,
        **shape: int,
    ) -> EventFunction:
        """Add a function; the arguments are those of EventFunction."""
        function = EventFunction(
            self.scope,
            construct_id,
            package=package,
            purpose=purpose,
            settings=self.settings,
            layer=self.layer,
            bus=self.bus,
            queue=queue,
            concurrency=concurrency,
            may_loop=may_loop,
            urgency=urgency,
            folder=folder,
            **shape,
        )
        self.functions.append(function)
        return function

    def allow_acting(self, function: EventFunction, *memory_actions: str) -> None:
        """Permit what every function needs that acts on channels: the pause and the memory."""
        function.allow("ssm:GetParameter", on=self.pause.parameter_arn)
        function.allow("dynamodb:UpdateItem", *memory_actions, on=self.memory.table_arn)
        function.set_variable("IVSKIT_MEMORY", self.memory.table_name)


def _memory(scope: Construct, settings: Settings) -> dynamodb.ITable:
    table = memory_table(scope, "Memory", existing=settings.tables.memory)
    description = "What ivskit remembers of each channel."
    ssm.StringParameter(
        scope,
        "MemoryAddress",
        parameter_name=names.memory_parameter(settings.stage),
        description=description,
        string_value=table.table_name,
    )
    CfnOutput(scope, "MemoryName", value=table.table_name, description=description)
    return table


def _pause(scope: Construct, settings: Settings) -> ssm.StringParameter:
    """A deploy does not end a pause: CloudFormation writes only what changes in the template."""
    return ssm.StringParameter(
        scope,
        "Pause",
        parameter_name=names.pause_parameter(settings.stage),
        description="off, or who paused ivskit and why; written by ivskit pause and ivskit resume.",
        string_value=names.PAUSE_OFF,
    )
