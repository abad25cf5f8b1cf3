"""A world that begins with a copy is as good as the first one, and shares nothing with others."""

import subprocess
import sys
from pathlib import Path

import pytest

from ivskit_local.runtime import world as worlds
from ivskit_local.runtime.prepared import PreparedAccounts
from ivskit_local.runtime.synth import Synthesized
from ivskit_local.runtime.world import World
from tests.ivskit_local.runtime.apps import STACK, event, function, resource, world, write

DONE = "https://sqs.us-west-2.amazonaws.com/123456789012/done"
KEEPS = """
def handler(batch, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["URL"], MessageBody="done")
"""
APP = (
    function("keeps", variables={"URL": DONE}),
    {
        "Done": resource("SQS::Queue", QueueName="done"),
        "Setting": resource("SSM::Parameter", Name="/setting", Type="String", Value="first"),
    },
)


def run(folder: Path, *, templates: Synthesized | None = None) -> World:
    """One event in a world of its own, which is closed again."""
    opened = world(folder, *APP) if templates is None else World(templates, project_root=folder)
    with opened as there:
        assert value(there) == "first"
        there.client("ssm").put_parameter(Name="/setting", Value="changed", Overwrite=True)
        assert value(there) == "changed"
        there.deliver(event())
        there.settle()
        assert [message["Body"] for message in messages(there)] == ["done"]
    return there


def value(there: World) -> str:
    return str(there.client("ssm").get_parameter(Name="/setting")["Parameter"]["Value"])


def messages(there: World) -> list[dict[str, str]]:
    found: list[dict[str, str]] = there.client("sqs").receive_message(QueueUrl=DONE)["Messages"]
    return found


def test_what_happens_in_one_world_is_in_no_other(tmp_path: Path) -> None:
    write(tmp_path, "keeps", KEEPS)
    first, second = run(tmp_path), run(tmp_path)
    [one], [other] = first.deliveries, second.deliveries
    assert one.reactions[0].calls == other.reactions[0].calls
    assert (one.rules, one.queues) == (other.rules, other.queues)


def test_ids_follow_the_seed_whether_the_account_was_copied_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "keeps", KEEPS)

    def ids(seed: int) -> list[str]:
        with world(tmp_path, *APP, seed=seed) as there:
            sent = there.client("sqs").send_message(QueueUrl=DONE, MessageBody="x")
            return [there.ivs.identifiers.arn("channel"), sent["MessageId"]]

    monkeypatch.setattr(worlds, "PREPARED", PreparedAccounts())
    first = ids(1)
    assert ids(1) == first
    assert ids(2) != first


def test_a_second_app_takes_nothing_from_the_first(tmp_path: Path) -> None:
    """moto keeps roles by ids that it draws."""
    write(tmp_path, "keeps", KEEPS)
    write(tmp_path, "other", KEEPS)
    with world(tmp_path, *APP) as there:
        there.deploy({"second": {"Resources": dict(function("other"))}})
        there.deliver(event())
        there.settle()
        assert [message["Body"] for message in messages(there)] == ["done"]


def test_another_process_begins_with_the_account_that_was_kept_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "keeps", KEEPS)
    kept = tmp_path / "templates"
    kept.mkdir()
    resources = {name: each for part in APP for name, each in part.items()}
    templates = Synthesized({STACK: {"Resources": resources}}, kept)
    monkeypatch.setattr(worlds, "PREPARED", PreparedAccounts())
    run(tmp_path, templates=templates)
    [file] = kept.iterdir()

    monkeypatch.setattr(worlds, "PREPARED", PreparedAccounts())
    written = file.stat().st_mtime_ns
    run(tmp_path, templates=templates)
    assert file.stat().st_mtime_ns == written, "it was made again"


def test_no_world_needs_ec2_or_pytest_in_the_process() -> None:
    """They are a second and 70 MB of each start."""
    code = "import ivskit_local.runtime.world, sys; print({'moto.ec2', 'pytest'} & {*sys.modules})"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed == "set()\n"


def test_the_parameter_store_still_finds_ec2_when_it_needs_it() -> None:
    code = (
        "import ivskit_local.runtime.world, moto.ssm.models as m;"
        "print(m.ec2_backends['123456789012']['us-west-2'].all_reservations())"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed == "[]\n"
