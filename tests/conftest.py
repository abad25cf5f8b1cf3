"""Dummy credentials and a region, set before anything imports boto3, and who runs which test."""

import gc
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped] # it ships no types

# No test is timed: the machines are shared.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A shell starts what it runs in the background deaf to Ctrl-C, which some tests are about.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The CDK, moto and botocore leave a heap that takes a fifth of a second to walk, again and again.
gc.set_threshold(50_000, 20, 100)

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-west-2",
    AWS_EC2_METADATA_DISABLED="true",
    # What the CDK only warns of is an error in tests, like every other warning.
    JSII_DEPRECATED="fail",
)
for name in (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL",
    "AWS_CA_BUNDLE",
    "CDK_DEFAULT_REGION",
):
    os.environ.pop(name, None)
# Settings of the shell would go over those of the tests.
for name in [name for name in os.environ if name.startswith("IVSKIT__")]:
    del os.environ[name]


def share_what_sessions_read() -> None:
    """Let the sessions of boto3 share their models: each reads megabytes of JSON otherwise."""
    from botocore import session

    read: dict[Any, Any] = {}
    create_loader = session.create_loader

    def create_sharing_loader(data_path: str | None = None) -> Any:
        loader: Any = create_loader(data_path)
        loader._cache = read
        return loader

    vars(session)["create_loader"] = create_sharing_loader


share_what_sessions_read()

# One process synthesizes for all of these: Node takes seconds to load the CDK and its checks.
TOGETHER = (
    "tests/stacks/",
    "tests/contracts/test_page.py",
    "tests/ivskit_local/runtime/test_encryption.py",
    "tests/ivskit_local/test_replay_usage.py",
    "tests/ivskit_local/test_stored_templates.py",
    "tests/plan_revocation/test_audience.py",
    "tests/queue_metadata/test_handler.py",
    "tests/queue_metadata/test_permissions.py",
    "tests/reconcile_streams/test_quota_watch.py",
    "tests/rotate_playback_key/test_commands.py",
    "tests/rotate_playback_key/test_failures.py",
    "tests/rotate_stream_key/test_customer_key.py",
    "tests/rotate_stream_key/test_stores.py",
    "tests/stop_stream/test_shedding.py",
    "tests/take_down/test_crashes.py",
    "tests/test_another_store.py",
    "tests/test_cost.py",
    "tests/test_orphaned_keys.py",
    "tests/test_other_commands.py",
    "tests/test_runbook.py",
    "tests/upgrades/test_moments.py",
)
# What takes long begins early, so that no process is left alone with it in the end.
LONG = (
    *TOGETHER,
    "tests/ivskit_local/test_replay_scenarios.py",
    "tests/upgrades/",
    "tests/test_r",
    "tests/ivskit_local/scenarios/test_processes.py",
    "tests/revoke_viewers/",
    "tests/plan_revocation/",
    "tests/push_metadata/",
)


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # it is Any, for want of types
    """A file is one process's work, so that what its tests share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        return TOGETHER[0] if nodeid.startswith(TOGETHER) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """For `pytest -n`; files come in the order of the collection."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for Node, servers and programs that they start."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first."""
    items.sort(key=lambda item: (not item.nodeid.startswith(LONG), item.nodeid.partition("::")[0]))


@pytest.fixture(scope="session", autouse=True)
def app_in_this_process() -> Iterator[None]:
    """The local runtime synthesizes in this process too."""
    from tests.app_in_process import used_by_the_runtime

    with used_by_the_runtime():
        yield


def pytest_collection_finish() -> None:
    """What is imported by now stays: no collection needs to look at it again."""
    gc.freeze()
    # A command freezes what it has imported, and thaws all there is when it ends.
    vars(gc).update(freeze=_nothing, unfreeze=_nothing)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """The process ends: to look for garbage in all that the tests have left takes seconds."""
    _freeze()


_freeze = gc.freeze


def _nothing() -> None:
    """Stands for what does nothing here."""
