"""The layer and botocore's model of the API speak of the same things."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import botocore.session
import pytest
from botocore.model import OperationModel, Shape
from pydantic import BaseModel, SecretStr
from pydantic.alias_generators import to_camel

from ivskit import errors, quotas
from ivskit.client import Ivs
from ivskit.client.ad_configurations import (
    AdBreak,
    AdConfiguration,
    AdConfigurationSummary,
    MediaTailorConfiguration,
    PostRoll,
)
from ivskit.client.channels import Channel, ChannelSummary, MultitrackInput, Srt
from ivskit.client.failover_slates import FailoverSlate, FailoverSlateSummary
from ivskit.client.playback_keys import PlaybackKey, PlaybackKeySummary
from ivskit.client.playback_restriction_policies import (
    PlaybackRestrictionPolicy,
    PlaybackRestrictionPolicySummary,
)
from ivskit.client.recording_configurations import (
    Destination,
    RecordingConfiguration,
    RecordingConfigurationSummary,
    Renditions,
    S3Destination,
    Thumbnails,
)
from ivskit.client.stream_keys import StreamKey, StreamKeySummary
from ivskit.client.stream_sessions import (
    Audio,
    Ingest,
    Ingests,
    StreamEvent,
    StreamSession,
    Video,
)
from ivskit.client.streams import Stream, StreamSessionSummary, StreamSummary

CLIENT = botocore.session.get_session().create_client("ivs", "us-west-2")
MODEL = CLIENT.meta.service_model
MODELS: dict[str, type[BaseModel]] = {
    "AdConfiguration": AdConfiguration,
    "AdConfigurationSummary": AdConfigurationSummary,
    "AudioConfiguration": Audio,
    "Channel": Channel,
    "ChannelSummary": ChannelSummary,
    "DestinationConfiguration": Destination,
    "FailoverSlateConfiguration": FailoverSlate,
    "FailoverSlateConfigurationSummary": FailoverSlateSummary,
    "IngestConfiguration": Ingest,
    "IngestConfigurations": Ingests,
    "InsertAdBreakResponse": AdBreak,
    "MediaTailorPlaybackConfiguration": MediaTailorConfiguration,
    "MultitrackInputConfiguration": MultitrackInput,
    "PlaybackKeyPair": PlaybackKey,
    "PlaybackKeyPairSummary": PlaybackKeySummary,
    "PlaybackRestrictionPolicy": PlaybackRestrictionPolicy,
    "PlaybackRestrictionPolicySummary": PlaybackRestrictionPolicySummary,
    "PostRollConfiguration": PostRoll,
    "RecordingConfiguration": RecordingConfiguration,
    "RecordingConfigurationSummary": RecordingConfigurationSummary,
    "RenditionConfiguration": Renditions,
    "S3DestinationConfiguration": S3Destination,
    "Srt": Srt,
    "Stream": Stream,
    "StreamEvent": StreamEvent,
    "StreamKey": StreamKey,
    "StreamKeySummary": StreamKeySummary,
    "StreamSession": StreamSession,
    "StreamSessionSummary": StreamSessionSummary,
    "StreamSummary": StreamSummary,
    "ThumbnailConfiguration": Thumbnails,
    "VideoConfiguration": Video,
}
# Answers that say nothing of their own: they hold one of the above, or a list, or nothing.
WRAPPERS = {f"{name}Response" for name in MODEL.operation_names} - {"InsertAdBreakResponse"}
# Entries of `errors`, which become failures.
ITEM_ERRORS = {"BatchError", "BatchStartViewerSessionRevocationError"}
SAID = re.compile(r"\b([A-Z][A-Za-z]+)(?: and ([A-Z][A-Za-z]+))?, (\d+) calls? a second")


def resources() -> list[Any]:
    """One object of each resource's calls."""
    ivs = Ivs(CLIENT)
    return [getattr(ivs, name) for name, _ in inspect.getmembers(Ivs, _is_resource)]


def _is_resource(member: object) -> bool:
    return type(member).__name__ == "cached_property"


def methods_of(resource: type) -> list[Any]:
    members = inspect.getmembers(resource, inspect.isfunction)
    return [method for name, method in members if not name.startswith("_")]


METHODS = [method for resource in resources() for method in methods_of(type(resource))]
each_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__qualname__)


def operations_of(method: Any) -> list[tuple[OperationModel, int]]:
    """The operations that a docstring names, each with its calls a second."""
    said = SAID.findall(inspect.getdoc(method) or "")
    return [
        (MODEL.operation_model(name), int(rate))
        for first, second, rate in said
        for name in filter(None, (first, second))
    ]


def test_every_operation_of_the_api_is_there_and_none_beside() -> None:
    named = {op.name for method in METHODS for op, _ in operations_of(method)}

    missing, unknown = set(MODEL.operation_names) - named, named - set(MODEL.operation_names)
    assert (missing, unknown) == (set(), set())


def test_there_are_the_eleven_resources() -> None:
    assert len(resources()) == 11


@each_method
def test_a_docstring_says_operation_and_quota(method: Any) -> None:
    named = operations_of(method)

    assert named
    assert [rate for _, rate in named] == [quotas.RATES[op.name] for op, _ in named]


@each_method
def test_a_docstring_says_the_errors_of_its_operation(method: Any) -> None:
    text = inspect.getdoc(method) or ""
    (operation, _), *_ = operations_of(method)
    declared = {errors.DECLARED[shape.name] for shape in operation.error_shapes}
    telling = {errors.NotFound, errors.NotLive, errors.Conflict, errors.QuotaExceeded}
    # An absence is said in words.
    absences = {
        errors.NotFound: r"(None|False) when there (is|was) (none|no such)",
        errors.NotLive: r"(None|False) when .*not live",
    }

    for kind in telling & declared:
        assert kind.__name__ in text or re.search(absences.get(kind, "$^"), text)


def structures(shape: Any) -> Iterator[Shape]:
    """The shape, if it is a structure, and every structure inside."""
    match shape.type_name:
        case "structure":
            yield shape
            for member in shape.members.values():
                yield from structures(member)
        case "list":
            yield from structures(shape.member)


def answered() -> dict[str, Any]:
    """Every structure that the API answers with."""
    outputs = (MODEL.operation_model(name).output_shape for name in MODEL.operation_names)
    return {shape.name: shape for output in outputs if output for shape in structures(output)}


def test_every_structure_that_the_api_answers_with_has_a_model() -> None:
    assert answered().keys() - WRAPPERS - ITEM_ERRORS == MODELS.keys()


@pytest.mark.parametrize("name", MODELS)
def test_no_documented_field_is_lost(name: str) -> None:
    members = answered()[name].members
    documented = {n for n, member in members.items() if not member.serialization.get("location")}

    assert {to_camel(field) for field in MODELS[name].model_fields} == documented


@pytest.mark.parametrize("name", MODELS)
def test_what_the_api_calls_sensitive_is_a_secret(name: str) -> None:
    members = answered()[name].members
    hints = get_type_hints(MODELS[name])

    for field in MODELS[name].model_fields:
        secret = SecretStr in (hints[field], *get_args(hints[field]))
        assert secret == bool(members[to_camel(field)].metadata.get("sensitive"))


@pytest.mark.parametrize("name", MODELS)
def test_answers_are_frozen_and_quote_nothing_in_their_errors(name: str) -> None:
    config = MODELS[name].model_config

    assert config.get("frozen")
    assert config.get("hide_input_in_errors")


@each_method
def test_no_any_comes_out(method: Any) -> None:
    signature = inspect.signature(method, eval_str=False)

    assert "Any" not in str(signature.return_annotation)
    assert signature.return_annotation is not inspect.Signature.empty
