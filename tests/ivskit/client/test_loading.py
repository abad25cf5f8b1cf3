"""What a cold start pays for: the layer loads a resource when it is first used."""

import subprocess
import sys

import pytest

ALWAYS = {"api", "checks"}
LOADED = {
    "ad_configurations": {"answers", "ad_configurations"},
    "channels": {"answers", "bulk", "channels"},
    "failover_slates": {"answers", "failover_slates"},
    "metadata": {"metadata"},
    "playback_keys": {"answers", "playback_keys"},
    "playback_restriction_policies": {"answers", "playback_restriction_policies"},
    "recording_configurations": {"answers", "recording_configurations"},
    "stream_keys": {"answers", "bulk", "stream_keys"},
    "streams": {"answers", "streams"},
    "tags": {"tags"},
    "viewer_sessions": {"bulk", "viewer_sessions"},
}


def loaded_by(script: str, *prefixes: str) -> set[str]:
    """The modules with one of these prefixes that a new interpreter has after the script."""
    listing = f"import sys\nprint(*(n for n in sys.modules if n.startswith({prefixes!r})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\n{listing}"], capture_output=True, check=True, text=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("resource", LOADED)
def test_one_resource_loads_no_other_resources_models(resource: str) -> None:
    script = f"""
import botocore.session
from ivskit.client import Ivs
Ivs(botocore.session.get_session().create_client("ivs", "us-west-2")).{resource}"""

    loaded = loaded_by(script, "ivskit.client.")

    assert loaded == {f"ivskit.client.{name}" for name in ALWAYS | LOADED[resource]}


def test_the_layer_itself_needs_neither_boto3_nor_pydantic() -> None:
    loaded = loaded_by("import ivskit.client", "boto3", "pydantic", "s3transfer")

    assert loaded == set()
