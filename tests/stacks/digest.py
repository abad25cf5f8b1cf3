"""What the two templates deploy, in at most 420 lines that a person can review.

uv run python -m tests.stacks.digest writes tests/stacks/deployed.txt anew.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ivskit_local.runtime.synth import synthesize

ROOT = Path(__file__).parents[2]
REVIEWED = Path(__file__).with_name("deployed.txt")
Properties = Mapping[str, Any]


class Digest:
    """One template; names are those of its constructs."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self._resources: Mapping[str, Any] = template["Resources"]
        self._names = {
            logical_id: _name(logical_id, resource)
            for logical_id, resource in self._resources.items()
        }

    def lines(self) -> Iterator[str]:
        """Kind by kind; what is of a kind that is not listed has one line with its type."""
        listed = {
            "AWS::Lambda::Function": self._function,
            "AWS::IAM::Policy": self._policy,
            "AWS::IAM::Role": self._nothing,
            "AWS::Events::EventBus": self._bus,
            "AWS::Events::Rule": self._rule,
            "AWS::SQS::Queue": self._queue,
            "AWS::SQS::QueuePolicy": self._nothing,
            "AWS::Lambda::EventSourceMapping": self._mapping,
            "AWS::Lambda::Version": self._nothing,
            "AWS::Lambda::Alias": self._nothing,
            "AWS::Scheduler::Schedule": self._schedule,
            "AWS::DynamoDB::Table": self._table,
            "AWS::Logs::LogGroup": self._log_group,
            "AWS::CloudWatch::Alarm": self._alarm,
            "AWS::SSM::Parameter": self._parameter,
        }
        for kind, line in listed.items():
            yield from self._section(kind, line)
        yield "others"
        for logical_id, resource in sorted(self._resources.items()):
            if resource["Type"] not in listed:
                yield f"  {resource['Type']} {self._names[logical_id]}"
                yield from self._statements(resource["Properties"].get("PolicyDocument", {}))

    def _section(self, kind: str, line: Any) -> Iterator[str]:
        found = [
            (self._names[logical_id], resource["Properties"], resource.get("DeletionPolicy"))
            for logical_id, resource in self._resources.items()
            if resource["Type"] == kind
        ]
        if found and line != self._nothing:
            yield kind
            for name, properties, kept in sorted(found, key=lambda each: each[0]):
                lines = list(line(name, properties))
                retained = "  (retained)" if kept == "Retain" else ""
                yield from (f"  {text}{retained * (not i)}" for i, text in enumerate(lines))

    # A line or more of each kind.

    @staticmethod
    def _nothing(name: str, of: Properties) -> Iterator[str]:
        """Policies say what roles may, rules and schedules who may send to queues.

        Versions have another name with each change, and mappings name their alias.
        """
        yield from ()

    def _function(self, name: str, of: Properties) -> Iterator[str]:
        size = f"{of['MemorySize']} MB, {of['Timeout']} s, {of['Runtime']} {of['Architectures'][0]}"
        yield f"{name}: {of['Handler']}, {size}"
        variables = sorted(each for each in of["Environment"]["Variables"] if "IVSKIT" in each)
        yield f"  {' '.join(each.removeprefix('IVSKIT_') for each in variables)}"

    def _policy(self, name: str, of: Properties) -> Iterator[str]:
        yield name.removesuffix("/DefaultPolicy")
        yield from self._statements(of["PolicyDocument"])

    def _statements(self, document: Properties) -> Iterator[str]:
        for statement in document.get("Statement", []):
            denied = "deny " if statement["Effect"] == "Deny" else ""
            actions = ", ".join(_list(statement["Action"]))
            on = ", ".join(self._text(each) for each in _list(statement.get("Resource", "-")))
            when = f" when {self._text(statement['Condition'])}" if "Condition" in statement else ""
            yield f"    {denied}{actions} on {on}{when}"

    def _bus(self, name: str, of: Properties) -> Iterator[str]:
        yield f"{name}: {self._text(of['Name'])}"
        yield from self._statements(of.get("Policy", {}))

    def _rule(self, name: str, of: Properties) -> Iterator[str]:
        bus = self._text(of.get("EventBusName", "default bus"))
        targets = ", ".join(self._text(each["Arn"]) for each in of.get("Targets", []))
        yield f"{name}: {bus} → {targets}"
        yield f"  {self._text(of['EventPattern'])}"

    def _queue(self, name: str, of: Properties) -> Iterator[str]:
        redrive = of.get("RedrivePolicy")
        dead = (
            f", {redrive['maxReceiveCount']} tries → {self._text(redrive['deadLetterTargetArn'])}"
            if redrive
            else ""
        )
        kept = of.get("MessageRetentionPeriod")
        kept = f", kept {kept // 86_400} d" if kept else ""
        fifo = ", FIFO" if of.get("FifoQueue") else ""
        yield f"{name}: visible after {of.get('VisibilityTimeout', 30)} s{fifo}{dead}{kept}"

    def _mapping(self, name: str, of: Properties) -> Iterator[str]:
        scaling = of["ScalingConfig"]["MaximumConcurrency"]
        batch = f"{of['BatchSize']} records"
        source, alias = self._text(of["EventSourceArn"]), self._text(of["FunctionName"])
        function = alias.replace("/Alias", ":")
        yield f"{source} → {function}: {batch}, {scaling} at a time"

    def _schedule(self, name: str, of: Properties) -> Iterator[str]:
        yield f"{name}: {of['ScheduleExpression']} → {self._text(of['Target']['Arn'])}"

    def _table(self, name: str, of: Properties) -> Iterator[str]:
        keys = "/".join(each["AttributeName"] for each in of["KeySchema"])
        ttl = of.get("TimeToLiveSpecification", {}).get("AttributeName", "none")
        yield f"{name}: by {keys}, expires by {ttl}, protected {of['DeletionProtectionEnabled']}"
        for index in of.get("GlobalSecondaryIndexes", []):
            keys = "/".join(each["AttributeName"] for each in index["KeySchema"])
            yield f"  {index['IndexName']}: by {keys}, {self._text(index['Projection'])}"

    def _log_group(self, name: str, of: Properties) -> Iterator[str]:
        yield f"{name}: {of['RetentionInDays']} d"

    def _alarm(self, name: str, of: Properties) -> Iterator[str]:
        metric = of.get("MetricName", "an expression")
        operator = of["ComparisonOperator"]
        sign = (">" if operator.startswith("Greater") else "<") + "=" * ("OrEqual" in operator)
        span = (
            f"{of.get('DatapointsToAlarm', of['EvaluationPeriods'])} of {of['EvaluationPeriods']}"
        )
        missing = of.get("TreatMissingData", "missing")
        yield f"{name}: {metric} {sign} {of['Threshold']}, {span}, missing data is {missing}"

    def _parameter(self, name: str, of: Properties) -> Iterator[str]:
        yield f"{self._text(of['Name'])} = {self._text(of['Value'])}"

    # Intrinsic functions, by the names of what they refer to.

    def _text(self, value: Any) -> str:
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
                return self._names.get(name, name.removeprefix("AWS::"))
            case {"Fn::Join": [str(glue), list(parts)]}:
                return glue.join(map(self._text, parts))
            case {"Fn::Select": _} | {"Fn::Split": _}:
                return json.dumps(value)
            case dict():
                return ", ".join(f"{key}: {self._text(each)}" for key, each in value.items())
            case list():
                return "[" + ", ".join(map(self._text, value)) + "]"
        return str(value)


def _name(logical_id: str, resource: Mapping[str, Any]) -> str:
    path = resource.get("Metadata", {}).get("aws:cdk:path", logical_id)
    return str(path).partition("/")[2].removesuffix("/Resource") or logical_id


def _list(value: str | Sequence[Any] | Mapping[str, Any]) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def digest(templates: Mapping[str, Mapping[str, Any]]) -> str:
    """All stacks, one after the other."""
    parts = ("\n".join([name, "", *Digest(each).lines()]) for name, each in templates.items())
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    REVIEWED.write_text(digest(synthesize(ROOT)))
