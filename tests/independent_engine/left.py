"""What of a stage there is in the account, whoever made it."""

from collections.abc import Iterable
from typing import Any

from tests.independent_engine.ministack import MiniStack

OURS = "ivskit"


def left(engine: MiniStack) -> dict[str, set[str]]:
    """The names with `ivskit` in them, by kind; kinds without any are left out."""
    found = {kind: _ours(_names(engine, *where)) for kind, where in _KINDS.items()}
    return {kind: names for kind, names in found.items() if names}


def _ours(names: Iterable[str]) -> set[str]:
    return {name for name in names if OURS in name}


def _names(engine: MiniStack, service: str, operation: str, items: str, name: str) -> list[str]:
    client: Any = engine.client(service)
    if client.can_paginate(operation):
        pages = list(client.get_paginator(operation).paginate())
    else:
        pages = [getattr(client, operation)()]
    found = [item for page in pages for item in page.get(items, [])]
    return [item if isinstance(item, str) else str(item[name]) for item in found]


_KINDS = {
    "alarms": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "buckets": ("s3", "list_buckets", "Buckets", "Name"),
    "buses": ("events", "list_event_buses", "EventBuses", "Name"),
    "dashboards": ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "functions": ("lambda", "list_functions", "Functions", "FunctionName"),
    "layers": ("lambda", "list_layers", "Layers", "LayerName"),
    "log groups": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "parameters": ("ssm", "describe_parameters", "Parameters", "Name"),
    "queues": ("sqs", "list_queues", "QueueUrls", ""),
    "roles": ("iam", "list_roles", "Roles", "RoleName"),
    "rules": ("events", "list_rules", "Rules", "Name"),
    "schedule groups": ("scheduler", "list_schedule_groups", "ScheduleGroups", "Name"),
    "schedules": ("scheduler", "list_schedules", "Schedules", "Name"),
    "secrets": ("secretsmanager", "list_secrets", "SecretList", "Name"),
    "tables": ("dynamodb", "list_tables", "TableNames", ""),
    "topics": ("sns", "list_topics", "Topics", "TopicArn"),
}
