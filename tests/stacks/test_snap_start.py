"""Published versions, and what a function must not share where SnapStart restores copies of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.settings import WrongSetting
from tests.stacks.resources import FUNCTION, MAPPING, functions, id_in
from tests.stacks.synthesized import ROOT, SynthesizedWith, Template, synthesize

ALIAS, VERSION = "AWS::Lambda::Alias", "AWS::Lambda::Version"


def versions(template: Template) -> dict[str, str]:
    """The version of each function that its alias has, by function."""
    published = template.resources(VERSION)
    return {
        id_in(each["FunctionName"]): id_in(each["FunctionVersion"])
        for each in template.resources(ALIAS).values()
        if id_in(published[id_in(each["FunctionVersion"])]["FunctionName"])
        == id_in(each["FunctionName"])
    }


def test_queues_invoke_the_alias_of_a_published_version(automation: Template) -> None:
    assert set(versions(automation)) == set(automation.resources(FUNCTION))
    for mapping in automation.resources(MAPPING).values():
        assert set(mapping["FunctionName"]) == {"Ref"}
        assert mapping["FunctionName"]["Ref"] in automation.resources(ALIAS)


def test_other_variables_or_another_layer_are_another_version(
    automation: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = versions(automation)
    changed = synthesize(tmp_path / "policy", policy={"grace": "5m"}).automation
    monkeypatch.setattr("stacks.layer.layer_hash", lambda _: "0" * 64)
    relayered = synthesize(tmp_path / "layer").automation

    for now in (versions(changed), versions(relayered)):
        assert {name: now[name] == before[name] for name in before} == dict.fromkeys(before, False)


def test_the_same_app_publishes_no_version(automation: Template, tmp_path: Path) -> None:
    assert versions(synthesize(tmp_path).automation) == versions(automation)


@pytest.mark.parametrize("snap_start", [False, True])
def test_snap_start_is_a_setting(synthesized_with: SynthesizedWith, snap_start: bool) -> None:
    deployed = functions(synthesized_with(snap_start=snap_start).automation)

    wanted = {"ApplyOn": "PublishedVersions"} if snap_start else None
    assert [each.get("SnapStart") for each in deployed] == [wanted] * len(deployed)


def test_a_runtime_without_snap_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"ivskit\.snap_start: .* python3\.11"):
        synthesize(tmp_path, snap_start=True, runtime="python3.11")


# A fork is a copy of the memory, like a snapshot. Python seeds `random` anew in it, and Lambda does
# not: so the copy gets the state back.
COPIES = """
import json, os, random
from snapshot_restore_py import get_after_restore
from stop_stream import handler

owners = []

def answer(params, **_):
    owners.append(json.loads(params["body"])["ExpressionAttributeValues"][":owner"]["S"])
    raise SystemExit

handler.dynamodb.meta.events.register("before-call.dynamodb.UpdateItem", answer)
snapshot = random.getstate()
for _ in range(2):
    if os.fork() == 0:
        random.setstate(snapshot)
        for hook, args, named in get_after_restore():
            hook(*args, **named)
        try:
            handler.memory.lease("arn:any").__enter__()
        except SystemExit:
            print(json.dumps({"owner": owners[0], "random": random.random()}), flush=True)
            os._exit(0)
    os.wait()
"""


@pytest.mark.parametrize("kind", ["snap-start", "on-demand"])
def test_copies_differ_in_ids_and_in_chance(automation: Template, kind: str) -> None:
    """Without the hook they share the state of `random`."""
    [function] = [each for each in functions(automation) if "stop_stream." in each["Handler"]]
    variables = function["Environment"]["Variables"]
    done = subprocess.run(
        [sys.executable, "-c", COPIES],
        env={
            **{name: each if isinstance(each, str) else "arn" for name, each in variables.items()},
            "AWS_DEFAULT_REGION": "us-west-2",
            "AWS_ACCESS_KEY_ID": "any",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'functions'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["owner"] != second["owner"]
    assert (first["random"] != second["random"]) is (kind == "snap-start")
