"""Tags, on each of the seven kinds of resources."""

from __future__ import annotations

from collections.abc import Callable

from ivskit_local.conform.made import TAG
from ivskit_local.conform.place import Place, new_pair
from ivskit_local.conform.probe import READING, Group, model

GROUP = Group("tags")
REFUSED = "400 ValidationException"

KINDS: dict[str, Callable[..., str]] = {
    "channel": lambda place, **given: place.channel(**given),
    "stream-key": lambda place, **given: str(
        place.must("CreateStreamKey", channelArn=place.keyless(), **given)["streamKey"]["arn"]
    ),
    "playback-key": lambda place, **given: place.new(
        "ImportPlaybackKeyPair", publicKeyMaterial=new_pair()[0], **given
    ),
    "playback-restriction-policy": lambda place, **given: place.new(
        "CreatePlaybackRestrictionPolicy", **given
    ),
    "recording-configuration": lambda place, **given: place.new(
        "CreateRecordingConfiguration", **place.to_bucket(), **given
    ),
    "ad-configuration": lambda place, **given: place.new(
        "CreateAdConfiguration", **place.media_tailor(1), **given
    ),
    "failover-slate-configuration": lambda place, **given: place.new(
        "CreateFailoverSlateConfiguration", **given
    ),
}
Make = Callable[..., str]


def tags_of(place: Place, arn: str) -> str:
    """The tags in words, apart from that of the run."""
    tags = place.must("ListTagsForResource", resourceArn=arn)["tags"]
    return ", ".join(f"{key}={value}" for key, value in sorted(tags.items()) if key != TAG)


def _at_creation(make: Make) -> Callable[[Place], str]:
    return lambda place: tags_of(place, make(place, tags={"team": "blue", "Größe": "L"}))


def _added(make: Make) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        arn = make(place, tags={"team": "blue", "size": "L"})
        place.must("TagResource", resourceArn=arn, tags={"team": "red", "new": ""})
        return tags_of(place, arn)

    return ask


def _removed(make: Make) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        arn = make(place, tags={"team": "blue", "size": "L"})
        place.must("UntagResource", resourceArn=arn, tagKeys=["team"])
        return tags_of(place, arn)

    return ask


def _unknown(kind: str) -> Callable[[Place], str]:
    return lambda place: str(place.ask("ListTagsForResource", resourceArn=place.unknown(kind)))


for _kind, _make in KINDS.items():
    GROUP.add(
        f"{_kind}.at-creation",
        f"the tags with which a {_kind} is made are those that ListTagsForResource gives",
        model("ListTagsForResource"),
        "Größe=L, team=blue",
        _at_creation(_make),
    )
    GROUP.add(
        f"{_kind}.added",
        f"TagResource adds tags to a {_kind} and changes those of the same key; others stay",
        model("TagResource"),
        "new=, size=L, team=red",
        _added(_make),
    )
    GROUP.add(
        f"{_kind}.removed",
        f"UntagResource removes the tags of a {_kind} with these keys, and no other",
        model("UntagResource"),
        "size=L",
        _removed(_make),
    )
    GROUP.add(
        f"{_kind}.unknown",
        f"an ARN that names no {_kind} has no tags, not even none",
        model("ListTagsForResource"),
        "404 ResourceNotFoundException",
        _unknown(_kind),
    )


@GROUP.probe("absent-keys", "UntagResource ignores keys that there are not", READING, "200")
def _absent(place: Place) -> str:
    return str(place.ask("UntagResource", resourceArn=place.idle, tagKeys=["absent"]))


@GROUP.probe("no-keys", "UntagResource refuses an empty list of keys", READING, REFUSED)
def _no_keys(place: Place) -> str:
    return str(place.ask("UntagResource", resourceArn=place.idle, tagKeys=[]))


@GROUP.probe(
    "51-in-all",
    "a resource has at most 50 tags, however they came",
    READING,
    f"200, then {REFUSED}",
)
def _too_many(place: Place) -> str:
    arn = place.channel()
    first = place.ask("TagResource", resourceArn=arn, tags={f"key{n}": "" for n in range(49)})
    return f"{first}, then {place.ask('TagResource', resourceArn=arn, tags={'a': '', 'b': ''})}"


@GROUP.probe("reserved", 'a key that begins with "aws:" is refused', READING, REFUSED)
def _reserved(place: Place) -> str:
    return str(place.ask("TagResource", resourceArn=place.channel(), tags={"aws:x": ""}))


@GROUP.probe(
    "reserved-at-creation",
    'CreateChannel refuses a tag whose key begins with "aws:"',
    READING,
    REFUSED,
)
def _reserved_at_creation(place: Place) -> str:
    return str(place.ask("CreateChannel", tags={"aws:x": ""}))


@GROUP.probe(
    "longest", "a key may have 128 characters, and a value 256", model("TagResource"), "200"
)
def _longest(place: Place) -> str:
    tags = {"k" * 128: "v" * 256}
    return str(place.ask("TagResource", resourceArn=place.channel(), tags=tags))


@GROUP.probe(
    "of-the-stream-key",
    "the tags of CreateChannel do not reach the stream key that it makes",
    READING,
    "none",
)
def _of_the_key(place: Place) -> str:
    return tags_of(place, place.key_of(place.channel(tags={"team": "blue"}))) or "none"


@GROUP.probe(
    "in-lists", "ListChannels gives the tags of each channel", model("ListChannels"), "blue"
)
def _in_lists(place: Place) -> str:
    name = f"tagged-{place.run}"
    place.channel(name=name, tags={"team": "blue"})
    (found,) = place.must("ListChannels", filterByName=name)["channels"]
    return str(found.get("tags", {}).get("team"))


@GROUP.probe("in-get", "GetChannel gives the tags of the channel", model("GetChannel"), "blue")
def _in_get(place: Place) -> str:
    arn = place.channel(tags={"team": "blue"})
    return str(place.must("GetChannel", arn=arn)["channel"].get("tags", {}).get("team"))


@GROUP.probe(
    "not-by-update", "UpdateChannel leaves the tags alone", model("UpdateChannel"), "team=blue"
)
def _by_update(place: Place) -> str:
    arn = place.channel(tags={"team": "blue"})
    place.must("UpdateChannel", arn=arn, name="new")
    return tags_of(place, arn)
