"""What a cold start pays for: the layer loads a resource when it is first used."""

import subprocess
import sys

import pytest

ALWAYS = {"api", "calls", "checks"}
# What comes with a resource beside its own calls.
RESOURCES = {
    "ad_configurations": {"first_use"},
    "channels": {"bulk", "first_use"},
    "failover_slates": {"first_use"},
    "metadata": set(),
    "playback_keys": {"first_use"},
    "playback_restriction_policies": {"first_use"},
    "recording_configurations": {"first_use"},
    "stream_keys": {"bulk", "first_use"},
    "streams": {"first_use"},
    "tags": set(),
    "viewer_sessions": {"bulk", "viewer_sessions"},
}
CLIENT = """
import botocore.session
from ivskit.client import Ivs
ivs = Ivs(botocore.session.get_session().create_client("ivs", "us-west-2"))"""
ANSWER = f"""{CLIENT}
ivs.streams._api.send = lambda *_: {{"stream": {{
    "channelArn": "", "streamId": "", "startTime": "2026-11-20T16:00:00Z",
    "state": "LIVE", "health": "HEALTHY",
}}}}
ivs.streams.get("arn:aws:ivs:us-west-2:123456789012:channel/abc")"""


def loaded_by(script: str, *prefixes: str) -> set[str]:
    """The modules with one of these prefixes that a new interpreter has after the script."""
    listing = f"import sys\nprint(*(n for n in sys.modules if n.startswith({prefixes!r})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\n{listing}"], capture_output=True, check=True, text=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("resource", RESOURCES)
def test_one_resource_loads_its_calls_and_nothing_of_the_others(resource: str) -> None:
    loaded = loaded_by(f"{CLIENT}\nivs.{resource}", "ivskit.client.", "pydantic", "boto3")

    names = ALWAYS | RESOURCES[resource] | {f"calls.{resource}"}
    assert loaded == {f"ivskit.client.{name}" for name in names}


def test_an_answer_loads_the_models_of_its_resource_and_no_others() -> None:
    loaded = loaded_by(ANSWER, "ivskit.client.")

    names = {*ALWAYS, "first_use", "answers", "calls.streams", "streams"}
    assert loaded == {f"ivskit.client.{name}" for name in names}
