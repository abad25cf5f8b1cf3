"""Sentences that EventBridge makes of events."""

from typing import Any

import pytest

from ivskit_local.runtime.template import NotCarriedOut
from ivskit_local.runtime.transformers import NotJson, check, transformed
from tests.ivskit_local.runtime.apps import event

PATHS = {"what": "$.detail.event_name", "more-of_it": "$.detail.more", "id": "$.id"}


def made(template: str, **detail: Any) -> str:
    transformer = {"InputPathsMap": PATHS, "InputTemplate": template}
    check(transformer)
    return transformed(transformer, event(detail={"event_name": "Stream End", **detail}))


@pytest.mark.parametrize(
    ("template", "detail", "expected"),
    [
        ('"<id>: <what>."', {}, '"event-1: Stream End."'),
        ('"<what>, <what>"', {}, '"Stream End, Stream End"'),
        ('"<what> <more-of_it>!"', {}, '"Stream End !"'),
        ('"<more-of_it>"', {"more": None}, '""'),
        ('"<more-of_it>"', {"more": 4.5}, '"4.5"'),
        ('"<more-of_it>"', {"more": [1, True]}, '"[1, true]"'),
        ('"<more-of_it>"', {"more": "<what>"}, '"<what>"'),
        ('"a \\"quoted\\" <what>"', {}, '"a \\"quoted\\" Stream End"'),
    ],
)
def test_values_stand_where_their_variables_stood(
    template: str, detail: dict[str, Any], expected: str
) -> None:
    assert made(template, **detail) == expected


@pytest.mark.parametrize("value", ['a "quote"', "a back\\slash", "two\nlines", {"an": "object"}])
def test_nothing_is_escaped(value: Any) -> None:
    with pytest.raises(NotJson):
        made('"<more-of_it>"', more=value)


@pytest.mark.parametrize(
    ("transformer", "why"),
    [
        ({"InputTemplate": "no quotes"}, "no line of quoted text"),
        ({"InputTemplate": '"one"\n"two"'}, "no line of quoted text"),
        ({"InputTemplate": '{"an": "object"}'}, "no line of quoted text"),
        ({"InputTemplate": '"<what>"'}, r"variables of no path: \['what'\]"),
        ({"InputTemplate": f'"{"x" * 8192}"'}, "larger than EventBridge allows"),
        (
            {"InputTemplate": '""', "InputPathsMap": {f"v{n}": "$.id" for n in range(101)}},
            "larger than EventBridge allows",
        ),
        ({"InputTemplate": '""', "InputPathsMap": {"a": "$.b[0]"}}, "InputPaths"),
        ({"InputTemplate": '""', "InputPathsMap": {"a": "b"}}, "InputPaths"),
    ],
)
def test_what_cannot_be_followed_is_not_carried_out(transformer: dict[str, Any], why: str) -> None:
    with pytest.raises(NotCarriedOut, match=why):
        check(transformer)
