"""Batches: how many, in part wrong, the same thing twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import READING, Group, model

GROUP = Group("batches")

KINDS: dict[str, tuple[str, str, Callable[[Place], str]]] = {
    "BatchGetChannel": ("channels", "channel", lambda place: place.idle),
    "BatchGetStreamKey": ("streamKeys", "stream-key", lambda place: place.idle_key),
}


def _mixed(operation: str) -> Callable[[Place], str]:
    member, kind, good = KINDS[operation]

    def ask(place: Place) -> str:
        arns = [good(place), place.unknown(kind)]
        answered = place.ask(operation, arns=arns)
        found = [item["arn"] for item in answered.body.get(member, [])]
        errors = [error.get("arn") for error in answered.body.get("errors", [])]
        return f"{answered}, found: {found == arns[:1]}, error: {errors == arns[1:]}"

    return ask


def _code(operation: str) -> Callable[[Place], str]:
    _, kind, _ = KINDS[operation]

    def ask(place: Place) -> str:
        errors = place.must(operation, arns=[place.unknown(kind)]).get("errors", [])
        return ", ".join(str(error.get("code")) for error in errors)

    return ask


def _twice(operation: str) -> Callable[[Place], str]:
    member, _, good = KINDS[operation]

    def ask(place: Place) -> str:
        answered = place.ask(operation, arns=[good(place)] * 2)
        return f"{answered}, {len(answered.body.get(member, []))} item"

    return ask


def _fifty(operation: str) -> Callable[[Place], str]:
    _, kind, good = KINDS[operation]

    def ask(place: Place) -> str:
        arns = [good(place), *(f"{place.unknown(kind)}{number}" for number in range(49))]
        answered = place.ask(operation, arns=arns)
        return f"{answered}, {len(answered.body.get('errors', []))} errors"

    return ask


for _operation in KINDS:
    GROUP.add(
        f"{_operation}.in-part",
        f"{_operation} gives what there is, and an error for what there is not",
        model(_operation),
        "200, found: True, error: True",
        _mixed(_operation),
    )
    GROUP.add(
        f"{_operation}.code",
        f"the code in the errors of {_operation} is that of the single call",
        READING,
        "ResourceNotFoundException",
        _code(_operation),
    )
    GROUP.add(
        f"{_operation}.twice",
        f"{_operation} gives what is asked for twice once",
        READING,
        "200, 1 item",
        _twice(_operation),
    )
    GROUP.add(
        f"{_operation}.50",
        f"{_operation} takes 50 ARNs",
        model(_operation),
        "200, 49 errors",
        _fifty(_operation),
    )


def _revoked(place: Place, pairs: list[dict[str, Any]]) -> str:
    answered = place.ask("BatchStartViewerSessionRevocation", viewerSessions=pairs)
    return f"{answered}, {len(answered.body.get('errors', []))} errors"


@GROUP.probe(
    "BatchStartViewerSessionRevocation.20",
    "a batch revokes 20 viewers",
    model("BatchStartViewerSessionRevocation"),
    "200, 0 errors",
)
def _twenty(place: Place) -> str:
    pairs = [{"channelArn": place.idle, "viewerId": f"viewer-{n}"} for n in range(20)]
    return _revoked(place, pairs)


@GROUP.probe(
    "BatchStartViewerSessionRevocation.in-part",
    "a batch with an unknown channel revokes the others, and names the one",
    model("BatchStartViewerSessionRevocation"),
    "200, viewer-2",
)
def _in_part(place: Place) -> str:
    arns = {"viewer-1": place.idle, "viewer-2": place.unknown("channel")}
    pairs = [{"channelArn": arn, "viewerId": viewer} for viewer, arn in arns.items()]
    answered = place.ask("BatchStartViewerSessionRevocation", viewerSessions=pairs)
    errors = answered.body.get("errors", [])
    return f"{answered}, {', '.join(str(error.get('viewerId')) for error in errors)}"


@GROUP.probe(
    "BatchStartViewerSessionRevocation.code",
    "the code in the errors of a batch revocation is that of the single call",
    READING,
    "ResourceNotFoundException",
)
def _revocation_code(place: Place) -> str:
    pair = {"channelArn": place.unknown("channel"), "viewerId": "viewer"}
    body = place.must("BatchStartViewerSessionRevocation", viewerSessions=[pair])
    return ", ".join(str(error.get("code")) for error in body.get("errors", []))


@GROUP.probe(
    "BatchStartViewerSessionRevocation.channels",
    "the viewers of a batch may be of several channels",
    model("BatchStartViewerSessionRevocation"),
    "200, 0 errors",
)
def _channels(place: Place) -> str:
    arns = (place.idle, place.channel())
    return _revoked(place, [{"channelArn": arn, "viewerId": "viewer"} for arn in arns])


@GROUP.probe(
    "BatchStartViewerSessionRevocation.unknown-viewer",
    "a viewer whom nobody has seen can be revoked",
    READING,
    "200, 0 errors",
)
def _unknown_viewer(place: Place) -> str:
    return _revoked(place, [{"channelArn": place.idle, "viewerId": "nobody"}])
