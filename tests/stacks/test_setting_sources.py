"""Settings come from four kinds of sources; each goes over the one before, and errors name it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from stacks.setting_sources import read_deployments, read_settings
from stacks.settings import Settings, WrongSetting


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the app is started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def app(written: object = None, **given: object) -> App:
    """As the CDK starts it: cdk.json has this block, the command line gives more context."""
    context = {} if written is None else {"ivskit": written}
    Path("cdk.json").write_text(json.dumps({"context": context}))
    return App(context={**context, **given})


def write(name: str, block: object) -> None:
    Path(name).write_text(block if isinstance(block, str) else json.dumps(block))


def stopped_by(app: App) -> str:
    with pytest.raises(WrongSetting) as stopped:
        read_settings(app)
    return str(stopped.value.code)


def test_without_a_source_the_defaults_hold() -> None:
    assert read_settings(App()) == Settings()


def test_environment_goes_over_command_line_over_file_of_stage_over_cdk_json(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    four = {"a": "1m", "b": "1m", "c": "1m", "d": "1m"}
    limits = dict(zip(four, ("max_idle", "max_starvation", "max_duration", "grace"), strict=True))

    def policy(until: str, span: str) -> Mapping[str, Any]:
        return {"policy": {limits[name]: span for name in four if name <= until}}

    write("ivskit.prod.json", policy("c", "2m"))
    given = app(policy("d", "1m"), stage="prod", ivskit=json.dumps(policy("b", "3m")))
    monkeypatch.setenv("IVSKIT__POLICY__MAX_IDLE", "4m")

    read = read_settings(given).model_dump(mode="json")

    assert read["stage"] == "prod"
    assert [read["policy"][name] for name in limits.values()] == ["4m", "3m", "2m", "1m"]


def test_the_file_of_another_stage_does_not_count() -> None:
    write("ivskit.prod.json", {"archive_days": 3})

    assert read_settings(app({})).archive_days == 30
    assert read_settings(app({}, stage="prod")).archive_days == 3


@pytest.mark.parametrize("source", ["cdk.json", "-c ivskit", "-c stage", "IVSKIT__STAGE"])
def test_whoever_names_the_stage_chooses_its_file(
    monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    write("ivskit.prod.json", {"archive_days": 3})
    stage = {"stage": "prod"}
    if source == "IVSKIT__STAGE":
        monkeypatch.setenv(source, "prod")
    given: Mapping[str, Mapping[str, Any]] = {
        "-c ivskit": {"ivskit": json.dumps(stage)},
        "-c stage": stage,
    }
    written = stage if source == "cdk.json" else {"stage": "dev"}

    read = read_settings(app(written, **given.get(source, {})))

    assert (read.stage, read.archive_days) == ("prod", 3)


def test_objects_are_merged_and_lists_are_replaced() -> None:
    write("ivskit.prod.json", {"notifications": {"about": ["tag refused"]}})
    written = {"notifications": {"about": ["limit breach"]}, "policy": {"grace": "5m"}}

    read = read_settings(app(written, stage="prod", ivskit='{"policy": {"rotate": "never"}}'))

    assert read.notifications.about == ("tag refused",)
    assert read.policy.model_dump(mode="json")["grace"] == "5m"
    assert read.policy.rotate == "never"


@pytest.mark.parametrize(
    ("variable", "text", "changed"),
    [
        ("IVSKIT__CONCURRENCY", "3", {"concurrency": 3}),
        ("IVSKIT__METADATA__ENABLED", "false", {"metadata": {"enabled": False}}),
        ("IVSKIT__POLICY", '{"grace": "5m"}', {"policy": {"grace": "5m"}}),
        ("IVSKIT__REGIONS", '["eu-west-1"]', {"regions": ["eu-west-1"]}),
    ],
)
def test_a_variable_holds_text_or_json(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, changed: object
) -> None:
    monkeypatch.setenv(variable, text)

    assert read_settings(app({})) == Settings.model_validate(changed)


def test_the_variable_of_a_field_goes_over_that_of_its_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IVSKIT__POLICY__GRACE", "5m")
    monkeypatch.setenv("IVSKIT__POLICY", '{"grace": "1m", "rotate": "never"}')

    policy = read_settings(app({})).policy.model_dump(mode="json")

    assert (policy["grace"], policy["rotate"]) == ("5m", "never")


def test_an_error_names_the_source_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"policy": {"grace": "soon"}}
    says = "ivskit.policy.grace: a duration reads like 45s, 10m, 4h or 30d, not 'soon'"
    seen = [stopped_by(app(wrong, stage="prod"))]
    write("ivskit.prod.json", wrong)
    seen.append(stopped_by(app(wrong, stage="prod")))
    seen.append(stopped_by(app(wrong, stage="prod", ivskit=json.dumps(wrong))))
    monkeypatch.setenv("IVSKIT__POLICY__GRACE", "soon")
    seen.append(stopped_by(app(wrong, stage="prod", ivskit=json.dumps(wrong))))

    sources = ["cdk.json", "ivskit.prod.json", "-c ivskit", "IVSKIT__POLICY__GRACE"]
    assert seen == [f"{says} ({source})" for source in sources]


def test_each_wrong_field_is_a_line_with_its_own_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVSKIT__POLCY__GRACE", "5m")
    welcomes = {name: {"metadata": "x" * 1000} for name in "ab"}
    write("ivskit.prod.json", {"metadata": {"welcomes": {"c": {"metadata": "x" * 1000}}}})

    lines = stopped_by(app({"metadata": {"welcomes": welcomes}}, stage="prod")).splitlines()

    assert lines == [
        "ivskit.metadata.welcomes: together they take 3090 bytes, and the limit is 2500"
        " (ivskit.prod.json)",
        "ivskit.polcy: there is no such setting (IVSKIT__POLCY__GRACE)",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{'stage': 'prod'}",
            """ivskit: -c ivskit takes JSON such as {"stage": "prod"}; Expecting property name """
            """enclosed in double quotes at character 2 of "{'stage': 'prod'}\"""",
        ),
        (
            "prod",
            """ivskit: -c ivskit takes JSON such as {"stage": "prod"}; Expecting value at """
            "character 1 of 'prod'",
        ),
        ("3", "ivskit: should be a JSON object, not 3 (-c ivskit)"),
        ('{"stag": "prod"}', "ivskit.stag: there is no such setting (-c ivskit)"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_named(text: str, message: str) -> None:
    assert stopped_by(app({}, ivskit=text)) == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "ivskit.prod.json: cannot be read as JSON: Expecting property name"),
        ([], "ivskit: should be a JSON object, not [] (ivskit.prod.json)"),
        (
            {"stage": "dev"},
            "ivskit.stage: should be 'prod' or left out, not 'dev' (ivskit.prod.json)",
        ),
    ],
)
def test_what_is_wrong_with_the_file_of_a_stage_is_named(content: object, message: str) -> None:
    write("ivskit.prod.json", content)

    assert stopped_by(app({}, stage="prod")).startswith(message)


def test_a_stage_is_never_a_path() -> None:
    Path("other").mkdir()
    write("other/ivskit.json", "{")

    assert stopped_by(app({}, stage="../other/ivskit")).endswith("'../other/ivskit' (-c stage)")


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    Path("ivskit.prod.json").write_text('{"archive_days": 3}', encoding="utf-8-sig")

    assert read_settings(app({}, stage="prod")).archive_days == 3


@pytest.mark.parametrize("listed", ["dev,prod", ["dev", "prod"]])
def test_each_listed_stage_has_its_own_settings(listed: object) -> None:
    write("ivskit.prod.json", {"archive_days": 3})

    read = read_deployments(app({"archive_days": 5}, stages=listed))

    assert [(each.stage, each.archive_days) for each in read] == [("dev", 5), ("prod", 3)]


def test_a_stage_that_is_asked_for_alone_takes_the_place_of_the_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [by_context] = read_deployments(app({}, stages=["dev", "prod"], stage="mine"))
    monkeypatch.setenv("IVSKIT__STAGE", "yours")
    [by_environment] = read_deployments(app({}, stages=["dev", "prod"]))

    assert (by_context.stage, by_environment.stage) == ("mine", "yours")
    with pytest.raises(WrongSetting, match=r"^stages: dev,prod excludes -c stage"):
        read_deployments(app({}, stages="dev,prod"))


@pytest.mark.parametrize("listed", ["dev,dev", [], {"dev": {}}])
def test_a_list_of_something_else_than_different_stages_is_refused(listed: object) -> None:
    with pytest.raises(WrongSetting, match=r"^stages: should be different stages, such"):
        read_deployments(app({}, stages=listed))


def test_a_wrong_stage_in_the_list_is_named() -> None:
    with pytest.raises(WrongSetting, match=r"^ivskit\.stage: .* not 'Prod' \(stages\)$"):
        read_deployments(app({}, stages="dev,Prod"))
