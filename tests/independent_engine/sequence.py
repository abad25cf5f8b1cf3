"""All steps in order: deploy and destroy a stage, and deploy it again beside what was left."""

from dataclasses import dataclass

from tests.independent_engine import stories
from tests.independent_engine.deployment import Deployment
from tests.independent_engine.left import left
from tests.independent_engine.steps import Steps, check
from tests.independent_engine.stories import Stage

RETAINED = {"buckets": "AWS::S3::Bucket", "tables": "AWS::DynamoDB::Table"}


@dataclass(frozen=True)
class Kept:
    """What the first deployment leaves to the second."""

    channel_arn: str
    names: dict[str, set[str]]


def first(stage: Stage, deployment: Deployment, steps: Steps) -> Kept:
    """Deploy, play every story, and destroy."""
    with steps.step("upload the assets"):
        deployment.publish()
    with steps.step("deploy both stacks"):
        deployment.deploy()
    stage.outcomes.watch()
    channel_arn = stage.ivs.make_channel("show", max_duration="1h")
    with steps.step("a stream ends, and the key is replaced"):
        stories.stream_end(stage, channel_arn)
    with steps.step("the same event comes again"):
        stories.repeat(stage, channel_arn)
    with steps.step("metadata is pushed"):
        stories.push(stage, channel_arn)
    with steps.step("a person stops a stream"):
        stories.stop(stage, channel_arn)
    with steps.step("viewers of a manifest are revoked"):
        stories.revoke(stage)
    with steps.step("a sweep runs"):
        stories.sweep(stage)
    with steps.step("every function ran, no call was refused, no key is in a log"):
        stories.all_have_run(stage)
        stories.all_was_allowed(stage)
    with steps.step("destroy both stacks"):
        return _destroy(stage, deployment, channel_arn)


def _destroy(stage: Stage, deployment: Deployment, channel_arn: str) -> Kept:
    stage.outcomes.leave()
    retained = {kind: deployment.names_of(of) for kind, of in RETAINED.items()}
    deployment.destroy()
    names = left(stage.engine)
    secret = f"ivskit/dev/channel/{channel_arn.rpartition('/')[2]}"
    wanted = {**retained, "secrets": {secret}}
    check(names == wanted, f"{wanted} are left, not {names}")
    return Kept(channel_arn, names)


def second(stage: Stage, deployment: Deployment, steps: Steps, kept: Kept) -> None:
    """Deploy again, and replace the same channel's key, whose secret is there already."""
    with steps.step("deploy both stacks again"):
        deployment.deploy()
        for kind, of in RETAINED.items():
            new = deployment.names_of(of)
            check(not new & kept.names[kind], f"the new {kind} are others than the old")
            check(left(stage.engine)[kind] == new | kept.names[kind], f"the old {kind} are there")
    stage.outcomes.watch()
    with steps.step("a stream ends again, and the key is replaced"):
        stories.stream_end(stage, kept.channel_arn)
    with steps.step("no call was refused, no key is in a log"):
        stories.all_was_allowed(stage)
