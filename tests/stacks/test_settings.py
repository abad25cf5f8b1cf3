"""A wrong setting stops synth with one line that names the field."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from pydantic import ValidationError

from ivskit import names
from stacks.setting_sources import read_settings
from stacks.settings import Settings, WrongSetting
from tests.stacks.synthesized import CONTEXT, synthesize

ROLE = "arn:aws:iam::123456789012:role/studio/producer"


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            {"policy": {"grace": "soon"}},
            "ivskit.policy.grace: a duration reads like 45s, 10m, 4h or 30d, not 'soon'",
        ),
        (
            {"concurrency": 1},
            "ivskit.concurrency: Input should be greater than or equal to 2, not 1",
        ),
        (
            {"stage": "Prod"},
            "ivskit.stage: should be up to 16 lower-case letters, digits and inner dashes, "
            "beginning with a letter, not 'Prod'",
        ),
        (
            {"commands": {"senders": [ROLE, "everybody"]}},
            "ivskit.commands.senders.1: should be an account id of 12 digits, or the ARN of a "
            "role or user, not 'everybody'",
        ),
        (
            {"commands": {"only": ["123456789012"]}},
            "ivskit.commands.only.0: should be the ARN of a role or user, in whose name * and ? "
            "stand for any characters, not '123456789012'",
        ),
        (
            {"commands": {"only": [ROLE, "arn:aws:sts::123456789012:assumed-role/a/b"]}},
            "ivskit.commands.only.1: should be the ARN of a role or user, in whose name * and ? "
            "stand for any characters, not 'arn:aws:sts::123456789012:assumed-role/a/b'",
        ),
        (
            {"keys": {"adopt": "ignore"}},
            "ivskit.keys.adopt: Input should be 'deliver', 'remember' or 'leave', not 'ignore'",
        ),
        (
            {"sweep": {"every": "90s"}},
            "ivskit.sweep.every: should be whole minutes, 1m to 1h, not 90s",
        ),
        (
            {"sweep": {"every": "2h"}},
            "ivskit.sweep.every: should be whole minutes, 1m to 1h, not 2h",
        ),
        ({"sweep": {"overdue": "10s"}}, "ivskit.sweep.overdue: should be 1m to 1h, not 10s"),
        ({"alarms": {"email": "me"}}, "ivskit.alarms.email: should be an e-mail address, not 'me'"),
        ({"runtime": "python3.9"}, "ivskit.runtime: Input should be 'python3.11', 'python3.12', "
         "'python3.13' or 'python3.14', not 'python3.9'"),
        (
            {"metadata": {"lanes": 33}},
            "ivskit.metadata.lanes: 33 lanes of 5 calls a second are 165, and IVS serves 155: "
            "31 at most",
        ),
        (
            {"metadata": {"welcomes": {"show": {"metadata": "x" * 1025}}}},
            "ivskit.metadata.welcomes.show.metadata: metadata takes 1 to 1024 bytes of UTF-8, not "
            "1025",
        ),
        (
            {"metadata": {"welcomes": {"show": {"metadata": {"a": 1}, "every": "29s"}}}},
            "ivskit.metadata.welcomes.show.every: should be off, or 30s at least, not 29s",
        ),
        (
            {"metadata": {"welcomes": {n: {"metadata": "x" * 1000} for n in "abc"}}},
            "ivskit.metadata.welcomes: together they take 3090 bytes, and the limit is 2500",
        ),
        (
            {"tables": {"memory": "a table"}},
            "ivskit.tables.memory: should be a table's name: 3 to 255 letters, digits, dashes, "
            "dots and underscores, not 'a table'",
        ),
        ({"polcy": {}}, "ivskit.polcy: there is no such setting"),
        ({"policy": {"grac": "1m"}}, "ivskit.policy.grac: there is no such setting"),
        (
            {"regions": ["eu-west-1", "eu-north-1"]},
            f"ivskit.regions.1: Amazon IVS is in {', '.join(names.REGIONS)}, not in 'eu-north-1'",
        ),
        (
            {"regions": ["eu-west-1", "eu-west-1"]},
            "ivskit.regions: should name each region once, not eu-west-1, eu-west-1",
        ),
        ([], "ivskit: should be a JSON object, not []"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_answered_with_field_limit_and_value(
    block: object, message: str
) -> None:
    app = App(context={"ivskit": block})

    with pytest.raises(WrongSetting) as stopped:
        read_settings(app)

    assert stopped.value.code == f"{message} (cdk.json)"


def test_two_wrong_settings_are_two_lines() -> None:
    app = App(context={"ivskit": {"archive_days": 0, "log_retention_days": 31}})

    with pytest.raises(WrongSetting) as stopped:
        read_settings(app)

    first, second = str(stopped.value.code).splitlines()
    assert first.startswith("ivskit.log_retention_days: Input should be 1, 3, 5, 7,")
    assert second.startswith("ivskit.archive_days: Input should be greater than or equal to 1, not")


def test_a_wrong_setting_stops_the_app_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting):
        synthesize(tmp_path, stage="-")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stage", ["a", "dev", "eu-1", "a234567890123456"])
def test_a_short_plain_stage_is_accepted(stage: str) -> None:
    assert Settings(stage=stage).stage == stage


@pytest.mark.parametrize("stage", ["", "dev-", "1st", "a2345678901234567", "d\u00e9v", "dev\n"])
def test_a_stage_that_no_name_could_carry_is_refused(stage: str) -> None:
    with pytest.raises(ValueError, match="should be up to 16"):
        Settings(stage=stage)


@pytest.mark.parametrize("sender", ["123456789012", ROLE, "arn:aws-cn:iam::123456789012:root"])
def test_accounts_roles_and_users_may_send_commands(sender: str) -> None:
    settings = Settings.model_validate({"commands": {"senders": [sender]}})

    assert settings.commands.senders == (sender,)


@pytest.mark.parametrize("sender", ["*", "arn:aws:iam::123456789012:role/*", "1234", "\u0661" * 12])
def test_a_sender_that_is_anybody_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match="should be an account id of 12 digits"):
        Settings.model_validate({"commands": {"senders": [sender]}})


def test_cdk_json_writes_out_every_default() -> None:
    assert CONTEXT["ivskit"] == Settings().model_dump(mode="json")


def test_functions_that_could_starve_the_account_are_refused_with_what_fits() -> None:
    settings = Settings(concurrency=4, account_concurrency=10)
    queues = {"rotate_stream_key": 1, "stop_stream": 2, "revoke_viewers": 2}

    settings.check_concurrency({"rotate_stream_key": 4, "stop_stream": 6}, queues)
    with pytest.raises(WrongSetting) as stopped:
        settings.check_concurrency({"rotate_stream_key": 4, "stop_stream": 8}, queues)

    assert stopped.value.code == (
        "ivskit.account_concurrency: 10 is less than the 12 records that may be processed at a "
        "time (rotate_stream_key 4, stop_stream 8). With concurrency 2, metadata.lanes 2, 10 are "
        "enough. To raise the limit, which costs nothing: aws service-quotas "
        "request-service-quota-increase --service-code lambda --quota-code L-B99A9384 "
        "--desired-value 1000"
    )


OFF = {"enabled": False}


@pytest.mark.parametrize(
    ("limit", "advice", "changes"),
    [
        (26, "concurrency 2, metadata.lanes 2, 26 are", {"metadata": {"lanes": 2}}),
        (
            22,
            "concurrency 2, metadata.lanes 2, take_down.enabled false,"
            " restrictions.enabled false, 22 are",
            {"metadata": {"lanes": 2}, "take_down": OFF, "restrictions": OFF},
        ),
        (
            20,
            "concurrency 2, metadata.lanes 2, take_down.enabled false, restrictions.enabled false,"
            " playback.enabled false, 20 are",
            {"metadata": {"lanes": 2}, "take_down": OFF, "restrictions": OFF, "playback": OFF},
        ),
        (
            16,
            "concurrency 2, metadata.enabled false, take_down.enabled false,"
            " restrictions.enabled false, playback.enabled false, 16 are",
            {"metadata": OFF, "take_down": OFF, "restrictions": OFF, "playback": OFF},
        ),
        (
            15,
            "concurrency 2, metadata.lanes 2, revocation.enabled false, take_down.enabled false,"
            " restrictions.enabled false, 14 are",
            {
                "metadata": {"lanes": 2},
                "revocation": OFF,
                "take_down": OFF,
                "restrictions": OFF,
            },
        ),
        (
            10,
            "concurrency 2, metadata.enabled false, revocation.enabled false,"
            " take_down.enabled false, restrictions.enabled false, 10 are",
            {"metadata": OFF, "revocation": OFF, "take_down": OFF, "restrictions": OFF},
        ),
    ],
)
def test_what_is_said_to_fit_into_a_small_account_does(
    tmp_path: Path, limit: int, advice: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(WrongSetting, match=rf"With {advice} enough\.") as stopped:
        synthesize(tmp_path / "all", account_concurrency=limit)

    assert "L-B99A9384" in str(stopped.value.code)
    synthesize(tmp_path / "less", account_concurrency=limit, concurrency=2, **changes)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("rotate", "30m", "should be at least 1h, or off; not 30m"),
        ("longest_token", "30s", "should be 1m to 30d, not 30s"),
        ("longest_token", "31d", "should be 1m to 30d, not 31d"),
    ],
)
def test_settings_of_playback_keys_are_checked(field: str, value: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate({"playback": {field: value}})


def test_more_records_at_a_time_than_the_slowest_call_can_serve_are_refused() -> None:
    settings = Settings(concurrency=6, account_concurrency=100)

    settings.check_rates("tagger", ["TagResource", "ListTagsForResource"])
    settings.check_rates("rotate_stream_key", ["CreateStreamKey"])  # it has a share of that
    with pytest.raises(WrongSetting) as stopped:
        settings.check_rates("rotate_stream_key", ["TagResource", "GetStreamKey"])

    assert stopped.value.code == (
        "ivskit.concurrency: rotate_stream_key calls GetStreamKey, which IVS serves 5 times a "
        "second; 6 records at a time would be throttled"
    )


def test_audiences_are_revoked_only_where_one_is_kept(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"after-stream needs .*audience to be true"):
        synthesize(tmp_path, policy={"revoke": "after-stream"})


def test_the_app_checks_its_rates(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"rotate_stream_key calls .* which IVS serves 5 times"):
        synthesize(tmp_path, concurrency=6, account_concurrency=1000)
