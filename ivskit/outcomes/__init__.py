"""What was done, or why nothing was, as frozen models: each a log line, a metric and an event.

BY_NAME has the model of every outcome, by its name.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ivskit import names
from ivskit.on_demand import class_called, names_in
from ivskit.outcomes.outcome import By as By
from ivskit.outcomes.outcome import Ending as Ending
from ivskit.outcomes.outcome import Outcome as Outcome

if TYPE_CHECKING:
    from ivskit.outcomes.health import StreamHealthyAgain as StreamHealthyAgain
    from ivskit.outcomes.health import StreamUnhealthy as StreamUnhealthy
    from ivskit.outcomes.keys import RotationSkipped as RotationSkipped
    from ivskit.outcomes.keys import StoredKeyDeleted as StoredKeyDeleted
    from ivskit.outcomes.keys import StoredKeyOrphaned as StoredKeyOrphaned
    from ivskit.outcomes.keys import StreamKeyDelivered as StreamKeyDelivered
    from ivskit.outcomes.keys import StreamKeyNotDelivered as StreamKeyNotDelivered
    from ivskit.outcomes.keys import StreamKeyRotated as StreamKeyRotated
    from ivskit.outcomes.metadata import MetadataDropped as MetadataDropped
    from ivskit.outcomes.metadata import MetadataExpired as MetadataExpired
    from ivskit.outcomes.metadata import MetadataPushed as MetadataPushed
    from ivskit.outcomes.metadata import MetadataQueued as MetadataQueued
    from ivskit.outcomes.metadata import WelcomeSkipped as WelcomeSkipped
    from ivskit.outcomes.playback import PlaybackKeyDeleted as PlaybackKeyDeleted
    from ivskit.outcomes.playback import PlaybackKeyRotated as PlaybackKeyRotated
    from ivskit.outcomes.playback import PlaybackRotationSkipped as PlaybackRotationSkipped
    from ivskit.outcomes.recordings import RecordingFailed as RecordingFailed
    from ivskit.outcomes.recordings import RecordingIndexed as RecordingIndexed
    from ivskit.outcomes.replies import CommandRefused as CommandRefused
    from ivskit.outcomes.replies import TagRefused as TagRefused
    from ivskit.outcomes.replies import WillLookAgain as WillLookAgain
    from ivskit.outcomes.restrictions import PlaybackRestricted as PlaybackRestricted
    from ivskit.outcomes.restrictions import PlaybackRestrictionLifted as PlaybackRestrictionLifted
    from ivskit.outcomes.restrictions import (
        PlaybackRestrictionPostponed as PlaybackRestrictionPostponed,
    )
    from ivskit.outcomes.restrictions import (
        PlaybackRestrictionSkipped as PlaybackRestrictionSkipped,
    )
    from ivskit.outcomes.restrictions import RestrictionPolicyDeleted as RestrictionPolicyDeleted
    from ivskit.outcomes.revocation import RevocationCancelled as RevocationCancelled
    from ivskit.outcomes.revocation import RevocationPlanned as RevocationPlanned
    from ivskit.outcomes.revocation import RevocationResumed as RevocationResumed
    from ivskit.outcomes.revocation import RevocationSkipped as RevocationSkipped
    from ivskit.outcomes.revocation import RevocationStalled as RevocationStalled
    from ivskit.outcomes.revocation import ViewersRevoked as ViewersRevoked
    from ivskit.outcomes.streams import ChannelBlocked as ChannelBlocked
    from ivskit.outcomes.streams import ChannelUnblocked as ChannelUnblocked
    from ivskit.outcomes.streams import StopSkipped as StopSkipped
    from ivskit.outcomes.streams import StreamBack as StreamBack
    from ivskit.outcomes.streams import StreamStopped as StreamStopped
    from ivskit.outcomes.sweeps import QuotaNearlyFull as QuotaNearlyFull
    from ivskit.outcomes.sweeps import StreamsReconciled as StreamsReconciled
    from ivskit.outcomes.sweeps import SweepSkipped as SweepSkipped
    from ivskit.outcomes.take_down import ChannelRestored as ChannelRestored
    from ivskit.outcomes.take_down import ChannelTakenDown as ChannelTakenDown

    BY_NAME: Mapping[str, type[Outcome]]

# Where each model is: a function loads those that it uses.
_MODULES = {
    "health": ("StreamUnhealthy", "StreamHealthyAgain"),
    "keys": (
        "StreamKeyRotated",
        "RotationSkipped",
        "StreamKeyDelivered",
        "StreamKeyNotDelivered",
        "StoredKeyOrphaned",
        "StoredKeyDeleted",
    ),
    "streams": (
        "StreamStopped",
        "StopSkipped",
        "StreamBack",
        "ChannelBlocked",
        "ChannelUnblocked",
    ),
    "revocation": (
        "RevocationPlanned",
        "RevocationCancelled",
        "RevocationResumed",
        "RevocationStalled",
        "ViewersRevoked",
        "RevocationSkipped",
    ),
    "metadata": (
        "MetadataQueued",
        "WelcomeSkipped",
        "MetadataPushed",
        "MetadataExpired",
        "MetadataDropped",
    ),
    "playback": ("PlaybackKeyRotated", "PlaybackRotationSkipped", "PlaybackKeyDeleted"),
    "recordings": ("RecordingIndexed", "RecordingFailed"),
    "restrictions": (
        "PlaybackRestricted",
        "PlaybackRestrictionLifted",
        "PlaybackRestrictionPostponed",
        "PlaybackRestrictionSkipped",
        "RestrictionPolicyDeleted",
    ),
    "take_down": ("ChannelTakenDown", "ChannelRestored"),
    "sweeps": (
        "QuotaNearlyFull",
        "StreamsReconciled",
        "SweepSkipped",
    ),
    "replies": (
        "WillLookAgain",
        "CommandRefused",
        "TagRefused",
    ),
}
# As the last release names them. Memory still holds them, and gets them: the last reads no others.
FORMER_NAMES: Mapping[str, str] = {
    "Stream Key Kept": names.ROTATION_SKIPPED,
    "Stream Kept": names.STOP_SKIPPED,
    "Viewers Kept": names.REVOCATION_SKIPPED,
}
_find = names_in(__name__, _MODULES)


def parse_outcome(name: str, detail: Mapping[str, Any]) -> Outcome:
    """An outcome as its model, read from the detail of its event."""
    model: type[Outcome] = _find(class_called(FORMER_NAMES.get(name, name)))
    return model.model_validate(detail)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name != "BY_NAME":
            return _find(name)
        models = [_find(each) for names_of_module in _MODULES.values() for each in names_of_module]
        return {model.name: model for model in models}
