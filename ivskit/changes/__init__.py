"""The events of Amazon IVS on EventBridge, as frozen models.

Source: User Guide "Using Amazon EventBridge with IVS Low-Latency Streaming". Delivery is best
effort: events come late, twice, out of order or never. Fields that IVS adds later are ignored.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from ivskit import names
from ivskit.on_demand import names_in

if TYPE_CHECKING:
    from ivskit.changes.ad_breaks import AdBreakState as AdBreakState
    from ivskit.changes.ad_breaks import AdBreakStateChange as AdBreakStateChange
    from ivskit.changes.limits import Breach as Breach
    from ivskit.changes.limits import LimitBreach as LimitBreach
    from ivskit.changes.missed import MissedChange as MissedChange
    from ivskit.changes.recordings import RecordingState as RecordingState
    from ivskit.changes.recordings import RecordingStateChange as RecordingStateChange
    from ivskit.changes.streams import StreamHealth as StreamHealth
    from ivskit.changes.streams import StreamHealthChange as StreamHealthChange
    from ivskit.changes.streams import StreamState as StreamState
    from ivskit.changes.streams import StreamStateChange as StreamStateChange

Change: TypeAlias = (
    "StreamStateChange | StreamHealthChange | LimitBreach"
    " | RecordingStateChange | AdBreakStateChange"
)
# Where each model is: a function loads those that it uses.
_MODULES = {
    "ad_breaks": (
        "AdBreakState",
        "AdBreakStateChange",
    ),
    "limits": (
        "Breach",
        "LimitBreach",
    ),
    "missed": ("MissedChange",),
    "recordings": (
        "RecordingState",
        "RecordingStateChange",
    ),
    "streams": (
        "StreamHealth",
        "StreamHealthChange",
        "StreamState",
        "StreamStateChange",
    ),
}
_BY_DETAIL_TYPE = {
    names.STREAM_STATE_CHANGE: "StreamStateChange",
    names.STREAM_HEALTH_CHANGE: "StreamHealthChange",
    names.LIMIT_BREACH: "LimitBreach",
    names.RECORDING_STATE_CHANGE: "RecordingStateChange",
    names.AD_BREAK_STATE_CHANGE: "AdBreakStateChange",
}
_find = names_in(__name__, _MODULES)

if not TYPE_CHECKING:
    __getattr__ = _find


# The field that a rule matches besides the detail type.
_DISCRIMINATORS = ("event_name", "limit_name", "recording_status")


def parse_change(event: Mapping[str, Any]) -> Change:
    """The event as the model of its detail type; raises pydantic's ValidationError."""
    name = _BY_DETAIL_TYPE.get(event["detail-type"])
    if name is None:
        raise _unknown(event["detail-type"])
    model: type[Change] = _find(name)
    return model.model_validate(event)


def discriminator(change: Change) -> str:
    """What a rule matches besides the detail type: event name, limit name or recording status."""
    detail = change.detail
    found: str = next(getattr(detail, name) for name in _DISCRIMINATORS if hasattr(detail, name))
    return found


def _unknown(detail_type: object) -> ValidationError:
    expected = {"expected": ", ".join(_BY_DETAIL_TYPE)}
    wrong = InitErrorDetails(
        type="literal_error", loc=("detail-type",), input=detail_type, ctx=expected
    )
    return ValidationError.from_exception_data("Change", [wrong])
