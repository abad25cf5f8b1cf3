"""Restrictions of playback: attaches the policies that say where channels may be watched."""

from datetime import timedelta

from ivskit import names

from .event_function import EventFunction
from .settings import Settings
from .shared import RANDOM_IDS, Shared

# How often policies are looked for that no channel uses any more.
_EVERY = timedelta(hours=1)


def restrict_playback(shared: Shared) -> EventFunction:
    """Add the function that restricts playback."""
    # Those that change a policy take turns; Lambda allows no less than two.
    restrict = shared.function(
        "RestrictPlayback",
        package="restrict_playback",
        purpose="restricts where channels may be watched, on command and by their tags",
        concurrency=2,
    )
    restrict.on_command(names.RESTRICT_PLAYBACK)
    restrict.on_command(names.LIFT_RESTRICTION)
    restrict.on_change(names.STREAM_STATE_CHANGE, names.STREAM_END)
    restrict.look_again_through(shared.schedules)
    restrict.recur(shared.schedules, names.SWEEP, every=_EVERY)
    shared.allow_acting(restrict, "dynamodb:BatchGetItem")
    _allow_calls(shared, restrict)
    restrict.set_variable("IVSKIT_RESTRICTIONS", restrictions_variable(shared.settings))
    return restrict


def restrictions_variable(settings: Settings) -> str:
    """What functions read of the restrictions in the settings."""
    return settings.restrictions.model_dump_json(exclude_defaults=True)


def _allow_calls(shared: Shared, restrict: EventFunction) -> None:
    """Of all policies of the region, only those with the tag of this stage can be deleted."""
    policies = shared.arn("ivs", "playback-restriction-policy/*")
    stage = {names.TAG_RESTRICTION_STAGE: shared.settings.stage}
    made = {f"aws:RequestTag/{tag}": value for tag, value in stage.items()}
    ours = {f"aws:ResourceTag/{tag}": value for tag, value in stage.items()}
    restrict.allow(
        "ivs:GetChannel",
        "ivs:GetStream",
        "ivs:ListChannels",
        "ivs:UpdateChannel",
        on=shared.channels,
        because=RANDOM_IDS,
    )
    restrict.allow(
        "ivs:ListPlaybackRestrictionPolicies",
        on="*",
        because="IVS has no resource for the list of restriction policies.",
    )
    restrict.allow(
        "ivs:CreatePlaybackRestrictionPolicy",
        "ivs:TagResource",
        on=policies,
        because=RANDOM_IDS,
        when={"StringEquals": made},
    )
    restrict.allow("ivs:DeletePlaybackRestrictionPolicy", on=policies, when={"StringEquals": ours})
