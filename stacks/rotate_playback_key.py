"""Playback key pairs: replaces the one that signs tokens, on command and by its age."""

from datetime import timedelta

from ivskit import names

from .event_function import EventFunction
from .playback_layer import playback_layer
from .shared import RANDOM_IDS, Shared

# How often the age of the pair is looked at, where the settings give it one.
_EVERY = timedelta(hours=1)


def rotate_playback_key(shared: Shared) -> None:
    """Add the function that replaces the pair."""
    settings = shared.settings
    # Rotations exclude each other; Lambda allows no less than two.
    rotate = shared.function(
        "RotatePlaybackKey",
        package="rotate_playback_key",
        purpose="replaces the key pair that signs playback tokens, on command and by its age",
        concurrency=2,
        batch_size=1,
    )
    rotate.function.add_layers(playback_layer(shared.scope, settings=settings))
    rotate.on_command(names.ROTATE_PLAYBACK_KEY)
    rotate.look_again_through(shared.schedules)
    if settings.playback.rotate is not None:
        rotate.recur(shared.schedules, names.SWEEP, every=_EVERY)
    shared.allow_acting(rotate)
    _allow_pairs(shared, rotate)
    _allow_secret(shared, rotate)
    rotate.set_variable("IVSKIT_PLAYBACK", settings.playback.model_dump_json())


def _allow_pairs(shared: Shared, rotate: EventFunction) -> None:
    """Of all pairs of the region, only those with the tag of this stage can be deleted."""
    pairs, settings = shared.arn("ivs", "playback-key/*"), shared.settings
    of_stage = {names.TAG_PLAYBACK_STAGE: settings.stage}
    made = {f"aws:RequestTag/{tag}": value for tag, value in of_stage.items()}
    ours = {f"aws:ResourceTag/{tag}": value for tag, value in of_stage.items()}
    rotate.allow("ivs:ListPlaybackKeyPairs", on=pairs, because=RANDOM_IDS)
    rotate.allow(
        "ivs:ImportPlaybackKeyPair", "ivs:TagResource", on=pairs, when={"StringEquals": made}
    )
    rotate.allow("ivs:DeletePlaybackKeyPair", on=pairs, when={"StringEquals": ours})
    for arn in settings.playback.replaces:
        rotate.allow("ivs:DeletePlaybackKeyPair", on=arn)


def _allow_secret(shared: Shared, rotate: EventFunction) -> None:
    actions = ["CreateSecret", "DescribeSecret", "GetSecretValue", "PutSecretValue"]
    if shared.key is not None:
        actions.append("UpdateSecret")
        rotate.set_variable("IVSKIT_CUSTOMER_KEY", shared.key.arn)
    rotate.allow(
        *(f"secretsmanager:{action}" for action in actions),
        on=shared.arn("secretsmanager", f"secret:{names.playback_secret(shared.settings.stage)}-*"),
        because="Secrets Manager ends the ARN of a secret with six random characters.",
    )
