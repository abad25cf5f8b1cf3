"""Every operation carries out a right input; what is given comes back, and what is not has the
documented default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ivs_emulator.service_model import service_model
from ivskit_local.conform.inputs import NEEDS_LIVE, SMALL, Input
from ivskit_local.conform.made import MEMBERS
from ivskit_local.conform.place import Place, new_pair
from ivskit_local.conform.probe import Group, Need, model

GROUP = Group("operations")


def _asking(operation: str) -> Callable[[Place], str]:
    return lambda place: place.ask(operation, **SMALL[operation](place)).as_modelled()


for _name in service_model().operation_names:
    _status = service_model().operation_model(_name).http["responseCode"]
    GROUP.add(
        _name,
        f"{_name} answers a right input with {_status}, in the shape of the model",
        model(_name),
        f"{_status} in the shape of the model",
        _asking(_name),
        *([Need.LIVE] if _name in NEEDS_LIVE else []),
    )

SLATE = {
    "activationThresholdSeconds": 5,
    "minSlateDisplaySeconds": 10,
    "maxSlateDisplaySeconds": 180,
}
POLICY = {
    "allowedCountries": ["DE", "US"],
    "allowedOrigins": ["https://example.com"],
    "enableStrictOriginEnforcement": True,
}
THUMBNAILS = {"recordingMode": "INTERVAL", "targetIntervalSeconds": 10}
RENDITIONS = {"renditionSelection": "CUSTOM", "renditions": ["HD"]}
# What comes back of what was given, apart from what the input needs.
GIVEN: dict[str, list[Mapping[str, Any]]] = {
    "CreateChannel": [
        {"name": "full", "latencyMode": "NORMAL", "type": "BASIC"},
        {"authorized": True, "insecureIngest": True},
        {"type": "ADVANCED_SD", "preset": "CONSTRAINED_BANDWIDTH_DELIVERY"},
        {"containerFormat": "FRAGMENTED_MP4"},
    ],
    "CreateAdConfiguration": [
        {"name": "full", "postRollConfiguration": {"durationSeconds": 30, "enabled": True}}
    ],
    "CreateFailoverSlateConfiguration": [{"name": "full", **SLATE}],
    "CreatePlaybackRestrictionPolicy": [{"name": "full", **POLICY}],
    "CreateRecordingConfiguration": [
        {"name": "full", "recordingReconnectWindowSeconds": 60},
        {"renditionConfiguration": RENDITIONS},
    ],
    "ImportPlaybackKeyPair": [{"name": "full"}],
}
UPDATED: dict[str, tuple[str, Input, Mapping[str, Any]]] = {
    "UpdateChannel": ("channel", SMALL["UpdateChannel"], {"name": "new", "latencyMode": "NORMAL"}),
    "UpdateAdConfiguration": (
        "adConfiguration",
        SMALL["DeleteAdConfiguration"],
        {"name": "new", "postRollConfiguration": {"durationSeconds": 30, "enabled": True}},
    ),
    "UpdateFailoverSlateConfiguration": (
        "failoverSlateConfiguration",
        SMALL["UpdateFailoverSlateConfiguration"],
        {"name": "new", **SLATE},
    ),
    "UpdatePlaybackRestrictionPolicy": (
        "playbackRestrictionPolicy",
        SMALL["DeletePlaybackRestrictionPolicy"],
        {"name": "new", **POLICY},
    ),
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "CreateChannel": {
        "name": "",
        "latencyMode": "LOW",
        "type": "STANDARD",
        "authorized": False,
        "insecureIngest": False,
        "recordingConfigurationArn": "",
        "playbackRestrictionPolicyArn": "",
        "preset": "",
        "containerFormat": "TS",
    },
    "CreateFailoverSlateConfiguration": {
        "activationThresholdSeconds": 3,
        "minSlateDisplaySeconds": 3,
        "maxSlateDisplaySeconds": 60,
    },
    "CreateRecordingConfiguration": {
        "recordingReconnectWindowSeconds": 0,
        "thumbnailConfiguration": {
            "recordingMode": "INTERVAL",
            "targetIntervalSeconds": 60,
            "storage": ["SEQUENTIAL"],
        },
        "renditionConfiguration": {"renditionSelection": "ALL"},
        "state": "CREATING",
    },
    "CreateAdConfiguration": {
        "postRollConfiguration": {"durationSeconds": 15, "enabled": False},
    },
}
ATTACHED: dict[str, Callable[[Place], str]] = {
    "recordingConfigurationArn": lambda place: place.recording,
    "playbackRestrictionPolicyArn": lambda place: place.policy,
    "adConfigurationArn": lambda place: place.ads,
    "failoverSlateConfigurationArn": lambda place: place.slate,
}


def _coming_back(operation: str, given: Mapping[str, Any]) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        body = place.must(operation, **{**SMALL[operation](place), **given})
        return in_words(body[MEMBERS[operation]], given)

    return ask


def _by_default(operation: str, member: str, value: Any) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        body = place.must(operation, **SMALL[operation](place))
        return in_words(body[MEMBERS[operation]], {member: value})

    return ask


def _updating(operation: str) -> Callable[[Place], str]:
    member, of, given = UPDATED[operation]

    def ask(place: Place) -> str:
        arn = of(place)["arn"]
        place.must(operation, arn=arn, **given)
        read = place.must(operation.replace("Update", "Get"), arn=arn)
        return in_words(read[member], given)

    return ask


def _attaching(member: str) -> Callable[[Place], str]:
    def ask(place: Place) -> str:
        arn = ATTACHED[member](place)
        channel = place.channel(**{member: arn})
        attached = place.must("GetChannel", arn=channel)["channel"].get(member)
        place.must("UpdateChannel", arn=channel, **{member: ""})
        detached = place.must("GetChannel", arn=channel)["channel"].get(member)
        return f"attached: {attached == arn}, then {detached!r}"

    return ask


def in_words(resource: Mapping[str, Any], members: Mapping[str, Any]) -> str:
    """These members of a resource, as a probe answers them."""
    return ", ".join(f"{name} = {resource.get(name)!r}" for name in sorted(members))


for _name, _several in GIVEN.items():
    for _given in _several:
        GROUP.add(
            f"{_name}.keeps.{'-'.join(sorted(_given))}",
            f"{_name} answers {', '.join(sorted(_given))} as they were given",
            model(_name),
            in_words(_given, _given),
            _coming_back(_name, _given),
        )
for _name, _members in DEFAULTS.items():
    for _member, _value in _members.items():
        GROUP.add(
            f"{_name}.default.{_member}",
            f"without {_member}, {_name} makes it {_value!r}",
            model(_name),
            in_words({_member: _value}, {_member: _value}),
            _by_default(_name, _member, _value),
        )
for _name in UPDATED:
    GROUP.add(
        f"{_name}.read-back",
        f"what {_name} changes is what the resource has from then on",
        model(_name),
        in_words(UPDATED[_name][2], UPDATED[_name][2]),
        _updating(_name),
    )
for _member in ATTACHED:
    GROUP.add(
        f"CreateChannel.attaches.{_member}",
        f"CreateChannel attaches {_member}; UpdateChannel with an empty text detaches it",
        model("UpdateChannel"),
        "attached: True, then ''",
        _attaching(_member),
    )


@GROUP.probe(
    "CreateChannel.default.preset-of-advanced",
    "the preset of ADVANCED_HD is HIGHER_BANDWIDTH_DELIVERY unless it is given",
    model("CreateChannel"),
    "HIGHER_BANDWIDTH_DELIVERY",
)
def _preset(place: Place) -> str:
    made = place.must("CreateChannel", type="ADVANCED_HD")
    return str(made["channel"].get("preset"))


@GROUP.probe(
    "ImportPlaybackKeyPair.fingerprint",
    "the fingerprint of a pair is 16 bytes in hex between colons",
    model("ImportPlaybackKeyPair"),
    "16 bytes in hex",
)
def _fingerprint(place: Place) -> str:
    made = place.must("ImportPlaybackKeyPair", publicKeyMaterial=new_pair()[0])
    parts = str(made["keyPair"].get("fingerprint")).split(":")
    hexadecimal = all(len(part) == 2 and int(part, 16) >= 0 for part in parts)
    return f"{len(parts)} bytes in hex" if hexadecimal else "no bytes in hex"


@GROUP.probe(
    "UpdateAdConfiguration.leaves-post-roll",
    "UpdateAdConfiguration without postRollConfiguration leaves it as it was",
    model("UpdateAdConfiguration"),
    "30 s",
)
def _post_roll(place: Place) -> str:
    roll = {"durationSeconds": 30, "enabled": True}
    arn = place.new("CreateAdConfiguration", postRollConfiguration=roll, **place.media_tailor(1))
    place.must("UpdateAdConfiguration", arn=arn, name="new")
    read = place.must("GetAdConfiguration", arn=arn)["adConfiguration"]
    return f"{read['postRollConfiguration']['durationSeconds']} s"
