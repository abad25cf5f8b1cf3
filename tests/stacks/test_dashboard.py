"""The dashboard: every alarm, every function and queue, and IVS's own metrics beside ours."""

import json
from typing import Any

from stacks.dashboard import RARE
from tests.stacks.resources import alarms, composites
from tests.stacks.synthesized import Template


def widgets(monitoring: Template) -> list[dict[str, Any]]:
    """What the dashboard shows."""
    pieces = monitoring.only("AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    text = "".join(one if isinstance(one, str) else "us-west-2" for one in pieces)
    found: list[dict[str, Any]] = json.loads(text)["widgets"]
    return [widget["properties"] for widget in found]


def test_the_dashboard_shows_every_function_and_every_queue(
    automation: Template, monitoring: Template
) -> None:
    shown = {
        widget["title"]: json.dumps(widget["metrics"])
        for widget in widgets(monitoring)
        if "metrics" in widget
    }

    for function in automation.resources("AWS::Lambda::Function").values():
        package = function["Handler"].partition(".")[0]
        wanted = f'{{ivskit/dev,function,outcome}} MetricName="Outcomes" function="{package}"'
        assert json.dumps(f"SEARCH('{wanted}'")[1:-1] in shown[f"{package}: outcomes"]
        for title in ("Duration, p99", "Errors", "Throttles"):
            is_shown = f'"FunctionName", "{function["FunctionName"]}"' in shown[title]
            assert is_shown is (package not in RARE)
    for queue in automation.resources("AWS::SQS::Queue").values():
        title = "Oldest message" if "RedrivePolicy" in queue else "Dead letters"
        is_rare = any(each.replace("_", "-") in queue["QueueName"] for each in RARE)
        is_shown = f'"QueueName", "{queue["QueueName"]}"' in shown[title]
        assert is_shown is not is_rare


def test_the_dashboard_shows_the_metrics_of_ivs_beside_ours(monitoring: Template) -> None:
    shown = {
        widget["title"]: json.dumps(widget["metrics"])
        for widget in widgets(monitoring)
        if widget["title"].startswith("IVS: ")
    }

    assert {title: '"AWS/IVS"' in text or "{AWS/IVS," in text for title, text in shown.items()} == {
        "IVS: live streams and viewers": True,
        "IVS: share of the quotas": False,
        "IVS: streams by health": True,
        "IVS: lowest bitrates": True,
        "IVS: most viewers": True,
    }
    assert shown["IVS: share of the quotas"].count("SERVICE_QUOTA(") == 4
    assert shown["IVS: share of the quotas"].count("3600 * RATE(") == 2


def test_the_dashboard_begins_with_every_alarm(monitoring: Template) -> None:
    first = widgets(monitoring)[0]

    assert first["title"] == "Alarms"
    assert len(first["alarms"]) == len(alarms(monitoring)) + len(composites(monitoring))
    # What an alarm widget can show.
    assert len(first["alarms"]) <= 100


def test_the_dashboard_stays_below_what_costs_nothing(monitoring: Template) -> None:
    """Three dashboards of an account with up to 50 metrics each are free."""
    named = [
        metric
        for widget in widgets(monitoring)
        for metric in widget.get("metrics", [])
        if isinstance(metric[0], str)
    ]

    assert len(named) <= 50
