"""Dummy credentials and a region, set before anything imports boto3."""

import gc
import os
import signal

from hypothesis import settings

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


def pytest_collection_finish() -> None:
    """What is imported by now stays: no collection needs to look at it again."""
    gc.freeze()
