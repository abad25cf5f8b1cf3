"""The settings of a deployment, checked before anything is synthesized."""

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from math import inf
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ivskit import names, quotas
from ivskit.durations import Duration, Limit, format_duration
from ivskit.policy import CommandChannels, KeySettings, PolicySettings, SessionVersions
from ivskit.policy.playback import PlaybackSettings
from ivskit.policy.restrictions import RestrictionSettings
from ivskit.policy.tags import NO_STAGES, STAGE
from ivskit.policy.welcomes import Welcomes

# The minimum of Lambda for a queue.
LEAST_CONCURRENCY = 2
RAISE_CONCURRENCY = (
    "aws service-quotas request-service-quota-increase --service-code lambda "
    "--quota-code L-B99A9384 --desired-value 1000"
)
_FUNCTIONS_OF = {
    "metadata": ("queue_metadata", "push_metadata"),
    "playback": ("rotate_playback_key",),
    "restrictions": ("restrict_playback",),
    "take_down": ("take_down",),
    "revocation": ("plan_revocation", "revoke_viewers"),
}
# What a small account can do without soonest, in this order.
_LEFT_OUT_FIRST = ("take_down", "restrictions", "playback")


def _spelled(pattern: str, meaning: str) -> AfterValidator:
    """Text of this pattern; the error describes it in words."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text, re.ASCII) is None:
            raise ValueError(f"should be {meaning}, not {text!r}")
        return text

    return AfterValidator(check)


def _no_answer(stage: str) -> str:
    """The tag ivskit:managed names a stage or says `no`, so no stage may be called that."""
    if stage in NO_STAGES:
        raise ValueError(f"{stage!r} means true or false in the tag ivskit:managed")
    return stage


Stage = Annotated[
    str,
    _spelled(
        STAGE.pattern,
        "up to 16 lower-case letters, digits and inner dashes, beginning with a letter",
    ),
    AfterValidator(_no_answer),
]


def _with_ivs(region: str) -> str:
    if region not in names.REGIONS:
        raise ValueError(f"Amazon IVS is in {', '.join(names.REGIONS)}, not in {region!r}")
    return region


def _each_once(regions: tuple[str, ...]) -> tuple[str, ...]:
    if len({*regions}) < len(regions):
        raise ValueError(f"should name each region once, not {', '.join(regions)}")
    return regions


Regions = Annotated[
    tuple[Annotated[str, AfterValidator(_with_ivs)], ...], AfterValidator(_each_once)
]
Sender = Annotated[
    str,
    _spelled(
        r"\d{12}|arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]+)",
        "an account id of 12 digits, or the ARN of a role or user",
    ),
]
Principal = Annotated[
    str,
    _spelled(
        r"arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/*?-]+)",
        "the ARN of a role or user, in whose name * and ? stand for any characters",
    ),
]
Email = Annotated[str, _spelled(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")]
BucketName = Annotated[str, _spelled(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name")]
UrlBase = Annotated[
    str, _spelled(r"https://[^\s/?#]+(/[^\s?#]+)*", "https:// and no slash at the end")
]
TableName = Annotated[
    str,
    _spelled(
        r"[\w.-]{3,255}", "a table's name: 3 to 255 letters, digits, dashes, dots and underscores"
    ),
]
CREATE = "create"
KeyChoice = Annotated[
    str,
    _spelled(
        rf"{CREATE}|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{{12}}:key/(mrk-)?[0-9a-f-]{{32,36}}",
        f"{CREATE}, or the ARN of a KMS key",
    ),
]
# What CloudWatch Logs accepts.
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365,
    400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]  # fmt: skip

# The kinds of outcomes that have a notification.
About = Literal[
    "command refused", "stream stopped", "stream back",
    "channel blocked", "limit breach", "revocation stalled",
    "stream key not delivered", "tag refused", "recording failed", "stream unhealthy",
    "quota nearly full",
]  # fmt: skip
EVERYTHING: tuple[About, ...] = get_args(About)


def _whole_minutes(span: timedelta) -> timedelta:
    if span % timedelta(minutes=1) or not timedelta(minutes=1) <= span <= timedelta(hours=1):
        raise ValueError(f"should be whole minutes, 1m to 1h, not {format_duration(span)}")
    return span


# Before that, the lists of IVS may not show a change yet.
def _one_minute_to_one_hour(span: timedelta) -> timedelta:
    if not timedelta(minutes=1) <= span <= timedelta(hours=1):
        raise ValueError(f"should be 1m to 1h, not {format_duration(span)}")
    return span


SweepInterval = Annotated[Duration, AfterValidator(_whole_minutes)]
Overdue = Annotated[Duration, AfterValidator(_one_minute_to_one_hour)]


class WrongSetting(SystemExit):
    """Stops synth with one message that names field, limit and value, and no traceback."""


class CommandSettings(BaseModel):
    """On which channels commands act, and who may send them.

    senders: principals or accounts besides this one. only: the principals of this account that may;
    empty is everybody whom IAM allows it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    channels: CommandChannels = "all"
    senders: tuple[Sender, ...] = ()
    only: tuple[Principal, ...] = ()


class AlarmSettings(BaseModel):
    """Who gets alarms and notifications by mail, besides other subscribers of the topic."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    email: Email | None = None


class NotificationSettings(BaseModel):
    """The outcomes that are notified."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    about: tuple[About, ...] = EVERYTHING


def _within_the_rate(lanes: int) -> int:
    each, rate = quotas.PUT_METADATA_PER_CHANNEL, quotas.SHARES["PutMetadata"]["push_metadata"]
    if lanes * each > rate:
        raise ValueError(
            f"{lanes} lanes of {each} calls a second are {lanes * each}, and IVS serves {rate:g}: "
            f"{rate // each:g} at most"
        )
    return lanes


class MetadataSettings(BaseModel):
    """Timed metadata: its lanes, of 5 calls a second each, and the welcomes of viewers."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = True
    lanes: Annotated[int, Field(ge=LEAST_CONCURRENCY), AfterValidator(_within_the_rate)] = 30
    # By the names that channels give in the tag ivskit:welcome.
    welcomes: Welcomes = Field(default_factory=dict)


class SweepSettings(BaseModel):
    """How often all channels are visited, and when an event of IVS counts as missed.

    watch_quotas: compare what the account uses with the quotas of IVS, once an hour.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    every: SweepInterval = timedelta(minutes=5)
    overdue: Overdue = timedelta(minutes=3)
    watch_quotas: bool = False


class RevocationSettings(BaseModel):
    """Whether viewers can be revoked, and where their lists are.

    manifest_buckets: buckets of manifests, besides our own. audience: make a table for the viewers
    that tokens are issued to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = True
    session_versions: SessionVersions = "other"
    manifest_buckets: tuple[BucketName, ...] = ()
    audience: bool = False


class RecordingSettings(BaseModel):
    """Whether recordings are indexed; buckets: those with recordings that the function may read.

    url_base: the address of a CDN in front of the bucket, for playback; None is that of the bucket.
    forget_after: how long an item stays in the table after the end of its recording.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    index: bool = False
    buckets: tuple[BucketName, ...] = ()
    url_base: UrlBase | None = None
    forget_after: Limit = None


class TakeDownSettings(BaseModel):
    """Whether the commands Take Down and Restore are there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = True


class AuditSettings(BaseModel):
    """keep: the audit log stays when the stack is destroyed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    keep: bool = False


class SecuritySettings(BaseModel):
    """managed_only: IAM lets the functions change nothing but managed channels.

    customer_key: the KMS key that encrypts the data of the deployment, or "create" for a new one;
    None leaves it to the keys of AWS.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    managed_only: bool = False
    customer_key: KeyChoice | None = None


class TableSettings(BaseModel):
    """Tables of an earlier deployment, or restored ones, by their names; None makes new ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    memory: TableName | None = None
    jobs: TableName | None = None
    audience: TableName | None = None
    recordings: TableName | None = None


class Settings(BaseModel):
    """The settings of one deployment; every field has a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    stage: Stage = "dev"
    # Without one, the region is that of the shell which deploys.
    regions: Regions = ()
    policy: PolicySettings = PolicySettings()
    keys: KeySettings = KeySettings()
    metadata: MetadataSettings = MetadataSettings()
    revocation: RevocationSettings = RevocationSettings()
    playback: PlaybackSettings = PlaybackSettings()
    recordings: RecordingSettings = RecordingSettings()
    restrictions: RestrictionSettings = RestrictionSettings()
    take_down: TakeDownSettings = TakeDownSettings()
    commands: CommandSettings = CommandSettings()
    alarms: AlarmSettings = AlarmSettings()
    notifications: NotificationSettings = NotificationSettings()
    sweep: SweepSettings = SweepSettings()
    audit: AuditSettings = AuditSettings()
    security: SecuritySettings = SecuritySettings()
    tables: TableSettings = TableSettings()
    # Whether CloudFormation refuses to delete the stacks.
    termination_protection: bool = False
    # Whether Lambda sends a trace of its invocations to X-Ray.
    tracing: bool = False
    log_retention_days: RetentionDays = 30
    audit_retention_days: RetentionDays = 365
    archive_days: int = Field(default=30, ge=1, le=3653)
    runtime: Literal["python3.11", "python3.12", "python3.13", "python3.14"] = "python3.13"
    # Whether a new environment of a function begins from a snapshot of an initialized one.
    snap_start: bool = False
    architecture: Literal["arm64", "x86_64"] = "arm64"
    # Records of one queue that are processed at the same time.
    concurrency: int = Field(default=4, ge=LEAST_CONCURRENCY, le=1000)
    # The limit of the account for all its functions together; some new accounts have 10.
    account_concurrency: int = Field(default=1000, ge=10)

    def check_concurrency(self, functions: Mapping[str, int], queues: Mapping[str, int]) -> None:
        """Refuse settings under which the functions together could exceed the account's limit.

        functions: how many records each may process at a time; queues: how many queues it has.
        """
        total, limit = sum(functions.values()), self.account_concurrency
        if total > limit:
            each = ", ".join(f"{name} {most}" for name, most in sorted(functions.items()))
            raise WrongSetting(
                f"ivskit.account_concurrency: {limit} is less than the {total} records that may be "
                f"processed at a time ({each}). {_what_fits(limit, queues)} To raise the "
                f"limit, which costs nothing: {RAISE_CONCURRENCY}"
            )

    def check_rates(
        self, function: str, operations: Collection[str], *, at_most: int | None = None
    ) -> None:
        """Refuse more records at a time than IVS serves of a function's slowest call.

        Calls that the function has a share of are paced, and need no check. at_most: the number
        of a function that processes fewer records at a time than the settings say.
        """
        unpaced = [name for name in operations if function not in quotas.SHARES.get(name, {})]
        rates = ((quotas.RATES[name], name) for name in unpaced)
        rate, operation = min(rates, default=(inf, ""))
        if min(self.concurrency, at_most or self.concurrency) > rate:
            raise WrongSetting(
                f"ivskit.concurrency: {function} calls {operation}, which IVS serves {rate} times "
                f"a second; {self.concurrency} records at a time would be throttled"
            )

    def check_snap_start(self) -> None:
        """Refuse SnapStart for a runtime that has none."""
        if self.snap_start and self.runtime == "python3.11":
            raise WrongSetting(
                "ivskit.snap_start: Lambda has it from python3.12 on, and ivskit.runtime is "
                "python3.11"
            )

    def check_audience(self) -> None:
        """Refuse after-stream revocation without the table of the audience."""
        if self.policy.revoke == "after-stream" and not self.revocation.audience:
            raise WrongSetting(
                "ivskit.policy.revoke: after-stream needs ivskit.revocation.audience to be true"
            )

    def check_customer_key(self) -> None:
        """Refuse a key for regions that it is not in."""
        key = self.security.customer_key or CREATE
        others = [region for region in self.regions if key != CREATE and f":{region}:" not in key]
        if others:
            raise WrongSetting(
                f"ivskit.security.customer_key: {key} cannot encrypt in {', '.join(others)} of "
                f"ivskit.regions; {CREATE} makes a key in each region"
            )

    def check_managed_only(self) -> None:
        """Refuse to narrow the roles to managed channels while others are to be acted on."""
        for field, value, wanted in (
            ("policy.channels", self.policy.channels, ("tagged", "named")),
            ("commands.channels", self.commands.channels, ("managed",)),
        ):
            if self.security.managed_only and value not in wanted:
                raise WrongSetting(
                    f"ivskit.{field}: ivskit.security.managed_only needs {' or '.join(wanted)}, "
                    f"not {value}"
                )


def _what_fits(limit: int, queues: Mapping[str, int]) -> str:
    """The settings under which most of these functions fit into the limit of the account."""
    mostly: tuple[tuple[str, ...], ...] = (
        (),
        ("metadata",),
        ("revocation",),
        ("metadata", "revocation"),
    )
    also = [_LEFT_OUT_FIRST[:n] for n in range(len(_LEFT_OUT_FIRST) + 1)]
    for without in [(*each, *more) for each in mostly for more in also]:
        gone = [name for group in without for name in _FUNCTIONS_OF[group]]
        total = LEAST_CONCURRENCY * sum(n for name, n in queues.items() if name not in gone)
        if total <= limit:
            lanes = () if "metadata" in without else (f"metadata.lanes {LEAST_CONCURRENCY}",)
            off = (f"{group}.enabled false" for group in without)
            wanted = [f"concurrency {LEAST_CONCURRENCY}", *lanes, *off]
            return f"With {', '.join(wanted)}, {total} are enough."
    return "There is no room for ivskit."
