"""Examines an account and a stage in it, with the credentials of the shell; changes nothing."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from ivskit import names
from ivskit.pause_state import standing
from ivskit_local.errors import NotDone

# "unknown": the check was not possible.
Verdict = Literal["ok", "advice", "unknown"]
MakeClient = Callable[[str], Any]
# The default of Lambda, and of the setting account_concurrency.
ENOUGH_CONCURRENCY = 1000
CONCURRENCY_QUOTA = "L-B99A9384"
IVS_QUOTAS = {
    "L-C01DFF58": "channels",
    "L-FD1EB8A7": "concurrent streams",
    "L-77A18D5D": "concurrent views",
}
_ALWAYS_THERE = ("bus", "memory", "pause")
_TABLES = ("memory", "jobs", "audience")


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    check: str
    verdict: Verdict
    sentence: str

    @property
    def line(self) -> str:
        """The finding as a person reads it."""
        return f"{self.verdict:<8} {self.check}: {self.sentence}"


@dataclass(frozen=True)
class Account:
    """The account and region of the shell, as AWS describes them."""

    stage: str
    client: MakeClient

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """What every stage published here, without stream keys, which are encrypted."""
        pages = (
            self.client("ssm")
            .get_paginator("get_parameters_by_path")
            .paginate(
                Path="/ivskit",
                Recursive=True,
                ParameterFilters=[{"Key": "Type", "Option": "Equals", "Values": ["String"]}],
            )
        )
        return {each["Name"]: each["Value"] for page in pages for each in page["Parameters"]}

    @property
    def stages(self) -> list[str]:
        """The stages that are deployed here."""
        parts = [name.split("/") for name in self.parameters]
        return sorted(each[2] for each in parts if len(each) == 4 and each[3] == "bus")

    def published(self, what: str) -> str | None:
        """The value of a parameter of the stage, or None."""
        return self.parameters.get(f"/ivskit/{self.stage}/{what}")


def examine(stage: str, client: MakeClient) -> Iterator[Finding]:
    """Every finding about a stage, one check after the other."""
    account = Account(stage, client)
    for name, check in CHECKS.items():
        try:
            for verdict, sentence in check(account):
                yield Finding(name, verdict, sentence)
        except (BotoCoreError, ClientError, NotDone) as error:
            yield Finding(name, "unknown", f"this could not be checked: {error}")


def is_well(findings: Sequence[Finding]) -> bool:
    """Whether the stage is deployed, and there is no advice."""
    verdicts = {finding.verdict for finding in findings}
    deployed = [each.verdict for each in findings if each.check == "deployment"]
    return "advice" not in verdicts and deployed == ["ok"]


Said = Iterator[tuple[Verdict, str]]


def _region(account: Account) -> Said:
    region = account.client("ivs").meta.region_name
    if region in names.REGIONS:
        yield "ok", f"Amazon IVS is in {region}"
    else:
        yield "advice", f"Amazon IVS is in {', '.join(names.REGIONS)}, not in {region}"


def _credentials(account: Account) -> Said:
    caller = account.client("sts").get_caller_identity()
    yield "ok", f"{caller['Arn']} in account {caller['Account']}"


def _deployment(account: Account) -> Said:
    missing = [what for what in _ALWAYS_THERE if account.published(what) is None]
    if not missing:
        yield "ok", f"stage {account.stage} is deployed"
    elif len(missing) == len(_ALWAYS_THERE):
        yield "advice", f"stage {account.stage} is not deployed in this account and region"
    else:
        paths = ", ".join(f"/ivskit/{account.stage}/{what}" for what in missing)
        yield "advice", f"the parameters {paths} are missing: deploy stage {account.stage} again"


def _pause(account: Account) -> Said:
    text = account.published("pause")
    if text is None:
        return
    paused = standing(text)
    if paused is None:
        yield "ok", f"stage {account.stage} is not paused"
    else:
        yield "advice", f"stage {account.stage} is {paused.sentence}; `ivskit resume` ends that"


def _tables(account: Account) -> Said:
    for what in _TABLES:
        name = account.published(what)
        if name is not None:
            yield _table(account, what, name)


def _table(account: Account, what: str, name: str) -> tuple[Verdict, str]:
    client = account.client("dynamodb")
    try:
        table = client.describe_table(TableName=name)["Table"]
    except client.exceptions.ResourceNotFoundException:
        return "advice", f"the table of {what}, {name}, is missing: restore it, or name another"
    indexes = {
        each["IndexName"]: each["IndexStatus"] for each in table.get("GlobalSecondaryIndexes", [])
    }
    if what == "memory" and indexes.get(names.WATCHED_INDEX) != "ACTIVE":
        return "advice", f"the index {names.WATCHED_INDEX} of {name} is not active: sweeps fail"
    if table["TableStatus"] != "ACTIVE":
        return "advice", f"the table of {what}, {name}, is {table['TableStatus']}"
    return "ok", f"the table of {what} is {name}"


def _stages(account: Account) -> Said:
    others = [each for each in account.stages if each != account.stage]
    if not others:
        yield "ok", "no other stage is deployed in this account and region"
        return
    beside = ", ".join(others)
    claim = _claim(account.parameters.get(names.MANAGED_CHANNELS, "{}"))
    if claim is None:
        yield "advice", f"the parameter {names.MANAGED_CHANNELS} is not a JSON object"
    elif claim.get("channels") == "all":
        both = ", ".join(account.stages)
        yield (
            "advice",
            f"policy.channels of stage {claim.get('stage')} is all, and the stages {both} share "
            f"this region: set it to tagged or named",
        )
    yield "ok", f"the quotas of IVS and Lambda are shared with {beside}"


def _claim(text: str) -> Mapping[str, Any] | None:
    """Which stage manages the channels that name none, or None where the text is invalid."""
    try:
        claim = json.loads(text)
    except ValueError:
        return None
    return claim if isinstance(claim, dict) else None


def _concurrency(account: Account) -> Said:
    client = account.client("lambda")
    limit = client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    taken = sum(
        mapping.get("ScalingConfig", {}).get("MaximumConcurrency", 0)
        for page in client.get_paginator("list_event_source_mappings").paginate()
        for mapping in page["EventSourceMappings"]
        if f":function:ivskit-{account.stage}-" in mapping["FunctionArn"]
    )
    said = f"Lambda runs {limit} functions at a time in this account and region"
    if limit >= (taken or ENOUGH_CONCURRENCY):
        yield "ok", f"{said}, and stage {account.stage} takes {taken} at most"
    elif taken:
        yield "advice", f"{said}, and stage {account.stage} takes {taken} at most: {_RAISE}"
    else:
        yield "advice", f"{said}: set account_concurrency to {limit}, or {_RAISE}"


_RAISE = (
    "have it raised with `aws service-quotas request-service-quota-increase --service-code lambda "
    f"--quota-code {CONCURRENCY_QUOTA} --desired-value {ENOUGH_CONCURRENCY}`"
)


def _quotas(account: Account) -> Said:
    client = account.client("service-quotas")
    for code, what in IVS_QUOTAS.items():
        quota = client.get_service_quota(ServiceCode="ivs", QuotaCode=code)["Quota"]
        yield "ok", f"IVS allows {quota['Value']:,.0f} {what}"


CHECKS: Mapping[str, Callable[[Account], Said]] = {
    "region": _region,
    "credentials": _credentials,
    "deployment": _deployment,
    "pause": _pause,
    "tables": _tables,
    "stages": _stages,
    "concurrency": _concurrency,
    "quotas": _quotas,
}
