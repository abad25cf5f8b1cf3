"""A month of a deployment: what its templates and its usage amount to at list prices."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import data_keys
from benchmarks.counts import Counts, of_all, times, total
from ivskit_local.runtime.synth import Templates

BOOK = json.loads(Path(__file__).with_name("prices.json").read_text())
USED = json.loads(Path(__file__).with_name("usage.json").read_text())
PRICES: Mapping[str, Mapping[str, Any]] = BOOK["prices"]
ASSUMED: Mapping[str, float] = BOOK["assumptions"]
TYPICAL_DAY: Mapping[str, float] = BOOK["typical day of a channel"]
SWEEP = "reconcile_streams"
SWEEP_QUEUE = "-reconcile-streams"
GB = 1_000_000_000
MINUTES = ASSUMED["days of a month"] * 24 * 60
_COPIES = {"secretsmanager": "secret", "ssm": "standard parameter"}
# What needs a function that a setting may leave out.
_OPTIONAL = {"piece of metadata": "push_metadata", "revocation of 20 viewers": "revoke_viewers"}


@dataclass(frozen=True)
class Deployment:
    """What of the templates costs money, or determines how much.

    memory: megabytes of each function; queues: those that Lambda polls, without those in order.
    dashboard_metrics: those that the dashboard names, without what it searches for. key_requests:
    to KMS for the data keys of queues and tables, in each span in which they are reused.
    """

    store: str
    memory: Mapping[str, int]
    architecture: str
    queues: int
    queues_in_order: int
    alarm_metrics: int
    composite_alarms: int
    dashboards: int
    dashboard_metrics: int
    customer_keys: int
    key_requests: int
    key_requests_of_sweeps: int
    sweep_minutes: int
    log_days: int
    audit_days: int
    archive_days: int
    is_traced: bool
    is_masked: bool
    is_snapped: bool


def deployment(templates: Templates) -> Deployment:
    """What these templates deploy."""
    of = _Resources(templates)
    functions = of.kind("AWS::Lambda::Function")
    boards = of.kind("AWS::CloudWatch::Dashboard")
    mappings = of.kind("AWS::Lambda::EventSourceMapping")
    in_order = sum(bool(of.referred(each["EventSourceArn"]).get("FifoQueue")) for each in mappings)
    schedules = of.kind("AWS::Scheduler::Schedule")
    (schedule,) = (each for each in schedules if each["Description"].endswith(SWEEP_QUEUE))
    (archive,) = of.kind("AWS::Events::Archive")
    (audit,) = (each for each in of.kind("AWS::Logs::LogGroup") if _is_audit(each))
    keys = next(_variables(each)["IVSKIT_KEYS"] for each in functions if _package(each) == SWEEP)
    return Deployment(
        store=json.loads(keys)["store"],
        memory={_package(each): each["MemorySize"] for each in functions},
        architecture=_only(each["Architectures"][0] for each in functions),
        queues=len(mappings) - in_order,
        queues_in_order=in_order,
        alarm_metrics=sum(map(_metrics, of.kind("AWS::CloudWatch::Alarm"))),
        composite_alarms=len(of.kind("AWS::CloudWatch::CompositeAlarm")),
        dashboards=len(boards),
        dashboard_metrics=sum(map(_named_metrics, boards)),
        customer_keys=len(of.kind("AWS::KMS::Key")),
        key_requests=data_keys.requests(templates, of_sweeps=False),
        key_requests_of_sweeps=data_keys.requests(templates, of_sweeps=True),
        sweep_minutes=int(re.findall(r"rate\((\d+) minute", schedule["ScheduleExpression"])[0]),
        log_days=_only(
            each["RetentionInDays"]
            for each in of.kind("AWS::Logs::LogGroup")
            if not _is_audit(each)
        ),
        audit_days=audit["RetentionInDays"],
        archive_days=archive["RetentionDays"],
        is_traced=_only("TracingConfig" in each for each in functions),
        is_masked="DataProtectionPolicy" in audit,
        is_snapped=_only("SnapStart" in each for each in functions),
    )


@dataclass(frozen=True)
class _Resources:
    templates: Templates

    def kind(self, kind: str) -> list[Mapping[str, Any]]:
        return [
            resource["Properties"]
            for template in self.templates.values()
            for resource in template["Resources"].values()
            if resource["Type"] == kind
        ]

    def referred(self, to: Mapping[str, Any]) -> Mapping[str, Any]:
        logical_id = to["Fn::GetAtt"][0]
        found = (template["Resources"].get(logical_id) for template in self.templates.values())
        properties: Mapping[str, Any] = next(filter(None, found))["Properties"]
        return properties


def _package(function: Mapping[str, Any]) -> str:
    return str(function["Handler"]).partition(".")[0]


def _variables(function: Mapping[str, Any]) -> Mapping[str, str]:
    variables: Mapping[str, str] = function["Environment"]["Variables"]
    return variables


def _is_audit(group: Mapping[str, Any]) -> bool:
    return str(group["LogGroupName"]).endswith("/audit")


def _metrics(alarm: Mapping[str, Any]) -> int:
    """An alarm on an expression pays for every metric in it."""
    return sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1


def _named_metrics(board: Mapping[str, Any]) -> int:
    """Those that a dashboard names; its searches may find others."""
    parts = board["DashboardBody"]["Fn::Join"][1]
    body = json.loads("".join(each if isinstance(each, str) else "?" for each in parts))
    metrics = [
        each for widget in body["widgets"] for each in widget["properties"].get("metrics", [])
    ]
    return sum(isinstance(each[0], str) for each in metrics)


def _only(values: Iterable[Any]) -> Any:
    """The value that all have."""
    (value,) = set(values)
    return value


# What a month uses.


@dataclass(frozen=True)
class Line:
    """So much of what has a price, and the row of the page that it belongs to."""

    row: str
    price: str
    amount: float

    @property
    def usd(self) -> float:
        """At list price, as if nothing were free."""
        return self.amount * _each(self.price)


@dataclass(frozen=True)
class Month:
    """A month of a deployment with so many channels, each streaming on typical days or idle."""

    of: Deployment
    channels: int
    typical: bool

    def lines(self) -> list[Line]:
        """All that is paid for."""
        swept = total(times(self.sweeps, self._sweep), times(self._hours, USED["hourly"]))
        return [
            *self._fixed(),
            *self._kept(),
            *lines_of(self.of, swept, "sweeps"),
            *lines_of(self.of, self._events(), "events"),
        ]

    @property
    def usd(self) -> float:
        """At list price."""
        return sum(line.usd for line in self.lines())

    @property
    def usd_beyond_free(self) -> float:
        """Without what AWS gives every account each month, if nothing else in it uses that."""
        amounts = total(*({line.price: line.amount} for line in self.lines()))
        return sum(
            max(0, amount - float(PRICES[name].get("free", 0))) * _each(name)
            for name, amount in amounts.items()
        )

    @property
    def sweeps(self) -> float:
        """As scheduled, but none while another is at work."""
        seconds = self._sweep[f"seconds of {SWEEP}"]
        return MINUTES * 60 / max(60 * self.of.sweep_minutes, seconds)

    @property
    def _sweep(self) -> Mapping[str, float]:
        used: Mapping[str, float] = USED["sweep"][str(self.channels)][
            "typical" if self.typical else "idle"
        ]
        return used

    @property
    def _hours(self) -> float:
        """Those in which restrict_playback looks for policies that no channel uses."""
        return MINUTES / 60 if "restrict_playback" in self.of.memory else 0

    def _events(self) -> Counts:
        """What events and commands use: those of the functions that are deployed."""
        days = self.channels * ASSUMED["days of a month"] if self.typical else 0
        each = USED["events"][self.of.store]
        return total(
            *(
                times(days * count, each[name])
                for name, count in TYPICAL_DAY.items()
                if _OPTIONAL.get(name, SWEEP) in self.of.memory
            )
        )

    def _fixed(self) -> Iterator[Line]:
        yield Line("alarms", "alarm metric", self.of.alarm_metrics)
        yield Line("alarms", "composite alarm", self.of.composite_alarms)
        yield Line("dashboard", "dashboard", self.of.dashboards)
        yield Line("key of the topic", "KMS key", self.of.customer_keys)
        asked = self.of.key_requests if self.typical else self.of.key_requests_of_sweeps
        if asked:
            spans = MINUTES / ASSUMED["minutes that a data key is reused"]
            yield Line("requests for data keys", "KMS request", asked * spans)
        outcomes = USED["outcomes"] if self.typical else [f"{SWEEP}: Streams Reconciled"]
        deployed = [each for each in outcomes if each.partition(":")[0] in self.of.memory]
        yield Line("metrics of outcomes", "custom metric", len(deployed))
        yield Line("metric of the age of events", "custom metric", int(self.typical))
        if self.of.is_snapped:
            cached = MINUTES * 60 * sum(self.of.memory.values()) / 1024
            yield Line("SnapStart: cache", "SnapStart GB-second", cached)
        polls = MINUTES * ASSUMED["polls of a queue a minute"]
        yield Line("polling of queues", "SQS request", polls * self.of.queues)
        yield Line("polling of queues", "SQS FIFO request", polls * self.of.queues_in_order)
        yield Line("schedules", "scheduled invocation", self.sweeps + self._hours)

    def _kept(self) -> Iterator[Line]:
        if self.of.store in _COPIES:
            yield Line("stored keys", _COPIES[self.of.store], self.channels)
        size = self.channels * USED["bytes of an item"] / GB
        yield Line("memory: kept, with backups", "GB-month in DynamoDB", size)
        yield Line("memory: kept, with backups", "GB-month of backup", size)


def lines_of(of: Deployment, used: Mapping[str, float], what: str) -> Iterator[Line]:
    """What is paid for such use, in a month; what: sweeps or events, for the rows."""
    if of.store == "secretsmanager":
        calls = used.get("secret calls", 0)
        yield Line(f"calls to the store: {what}", "secret call", calls)
        # Of two calls of a rotation one writes, for which KMS is asked twice.
        if of.key_requests and what == "events":
            yield Line("requests for data keys", "KMS request", calls)
    writes = used.get("parameter writes", 0)
    yield Line(f"calls to the store: {what}", "KMS request", writes)
    yield from _lines_of_functions(of, used, what)
    yield from _lines_of_events(of, used)
    yield Line("schedules", "scheduled invocation", used.get("schedules", 0))
    yield Line("memory: writes", "DynamoDB write unit", used.get("write units", 0))
    yield Line("memory: reads", "DynamoDB read unit", used.get("read units", 0))
    yield Line("reports of revocations", "S3 PUT", used.get("objects written", 0))


def _lines_of_functions(of: Deployment, used: Mapping[str, float], what: str) -> Iterator[Line]:
    invocations = of_all(used, "invocations")
    yield Line(f"Lambda: {what}", "Lambda request", invocations)
    price = f"Lambda GB-second on {of.architecture}"
    yield Line(f"Lambda: {what}", price, _gigabyte_seconds(of, used))
    each = [used.get(f"invocations of {function}", 0) for function in of.memory]
    yield Line("traces", "X-Ray trace", sum(map(_traced, each)) if of.is_traced else 0)
    if of.is_snapped:
        starts = ASSUMED["cold share of invocations"]
        restored = (
            starts * used.get(f"invocations of {name}", 0) * size / 1024
            for name, size in of.memory.items()
        )
        yield Line("SnapStart: restores", "restored GB", sum(restored))
    # A record is sent; a batch is received and deleted.
    requests = of_all(used, "records") + used.get("visibility changes", 0) + 2 * invocations
    yield Line("messages in queues", "SQS request", requests)
    own = ASSUMED["bytes of Lambda's own lines of an invocation"] * invocations
    logged = used.get("log bytes", 0) + own
    yield from _logged("logs of the functions", logged, of.log_days)


def _lines_of_events(of: Deployment, used: Mapping[str, float]) -> Iterator[Line]:
    size = used.get("event bytes", 0)
    yield Line("events on the bus", "custom event", used.get("custom events", 0))
    yield Line("archive of the bus", "GB archived", size / GB)
    months = of.archive_days / ASSUMED["days of a month"]
    yield Line("archive of the bus", "GB-month archived", size / GB * months)
    logged = size + used.get("IVS event bytes", 0)
    yield from _logged("audit log", logged, of.audit_days)
    yield Line("audit log", "GB of masked logs", logged / GB if of.is_masked else 0)


def _traced(invocations: float) -> float:
    """Of a function: one a second, and 5 % beyond. The most that it can be, evenly spread."""
    return min(invocations, MINUTES * 60) + 0.05 * max(0, invocations - MINUTES * 60)


def _gigabyte_seconds(of: Deployment, used: Mapping[str, float]) -> float:
    beside = ASSUMED["processor seconds of an invocation"]
    beside += ASSUMED["cold share of invocations"] * ASSUMED["seconds of a cold start"]
    return sum(
        megabytes
        / 1024
        * (
            used.get(f"seconds of {function}", 0)
            + beside * used.get(f"invocations of {function}", 0)
        )
        for function, megabytes in of.memory.items()
    )


def _each(price: str) -> float:
    return float(PRICES[price]["usd"] / PRICES[price]["per"])


def _logged(row: str, size: float, days: int) -> Iterator[Line]:
    """Taken in each month, and kept for so many days, compressed."""
    months = days / ASSUMED["days of a month"]
    yield Line(row, "GB of logs", size / GB)
    yield Line(row, "GB-month of logs", size / GB * months * ASSUMED["compressed share of logs"])
