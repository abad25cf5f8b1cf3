"""Limits and units: what is just beyond a limit of the model is refused, what is at it is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ivs_emulator.service_model import service_model
from ivskit_local.conform.inputs import IDLE, SMALL
from ivskit_local.conform.place import Place, new_pair
from ivskit_local.conform.probe import READING, Group, Need, Source, model, page
from ivskit_local.conform.spoilers import Spoiler, spoilers

GROUP = Group("limits")
REFUSED = "400 ValidationException"


def _spoilt(operation: str, spoiler: Spoiler) -> Callable[[Place], str]:
    return lambda place: str(place.ask(operation, **spoiler.spoil(IDLE[operation](place))))


for _operation in service_model().operation_names:
    for _spoiler in spoilers(_operation):
        GROUP.add(
            f"{_operation}.{_spoiler.path}.{_spoiler.wrong.replace(' ', '-')}",
            f"{_operation} refuses {_spoiler.path} with {_spoiler.wrong}",
            model(_operation),
            REFUSED,
            _spoilt(_operation, _spoiler),
        )


def _at(
    name: str, sentence: str, source: Source, ask: Callable[[Place], Any], expected: str = "200"
) -> None:
    GROUP.add(name, sentence, source, expected, lambda place: str(ask(place)))


_at(
    "name.128",
    "a name may have 128 characters",
    model("CreateChannel"),
    lambda place: place.ask("CreateChannel", name="a" * 128),
)
_at(
    "name.shared",
    "names need not be unique",
    model("CreatePlaybackRestrictionPolicy"),
    lambda place: place.ask(
        "CreatePlaybackRestrictionPolicy", name="policy" if place.policy else ""
    ),
)
_at(
    "viewerId.40",
    "a viewer's id may have 40 characters",
    model("StartViewerSessionRevocation"),
    lambda place: place.ask(
        "StartViewerSessionRevocation", channelArn=place.idle, viewerId="v" * 40
    ),
)
_at(
    "viewerId.other-characters",
    "a viewer's id may have any characters",
    model("StartViewerSessionRevocation"),
    lambda place: place.ask(
        "StartViewerSessionRevocation", channelArn=place.idle, viewerId="Größe 1/2"
    ),
)
_at(
    "viewerSessionVersion.2147483647",
    "a revocation may name version 2,147,483,647",
    model("StartViewerSessionRevocation"),
    lambda place: place.ask(
        "StartViewerSessionRevocation",
        channelArn=place.idle,
        viewerId="viewer",
        viewerSessionVersionsLessThanOrEqualTo=2**31 - 1,
    ),
)
_at(
    "viewerSessionVersion.2147483648",
    "a version is an integer of 32 bits, so that 2,147,483,648 is refused",
    READING,
    lambda place: place.ask(
        "StartViewerSessionRevocation",
        channelArn=place.idle,
        viewerId="viewer",
        viewerSessionVersionsLessThanOrEqualTo=2**31,
    ),
    REFUSED,
)
for _maximum, _operation in ((100, "ListChannels"), (50, "ListStreamKeys"), (100, "ListStreams")):
    GROUP.add(
        f"maxResults.{_operation}.{_maximum}",
        f"{_operation} takes maxResults {_maximum}",
        model(_operation),
        "200",
        lambda place, o=_operation, m=_maximum: str(  # type: ignore[misc]
            place.ask(o, **{**SMALL[o](place), "maxResults": m})
        ),
    )
_at(
    "countries.unassigned",
    "a country must be a code of ISO 3166-1",
    READING,
    lambda place: place.ask("CreatePlaybackRestrictionPolicy", allowedCountries=["XX"]),
    REFUSED,
)
_at(
    "countries.small-letters",
    "the code of a country has capital letters",
    READING,
    lambda place: place.ask("CreatePlaybackRestrictionPolicy", allowedCountries=["de"]),
    REFUSED,
)
_at(
    "countries.201",
    "a policy has at most 200 countries",
    page("service-quotas"),
    lambda place: place.ask("CreatePlaybackRestrictionPolicy", allowedCountries=["DE"] * 201),
    REFUSED,
)
_at(
    "origins.5",
    "a policy may have 5 origins",
    page("service-quotas"),
    lambda place: place.ask("CreatePlaybackRestrictionPolicy", allowedOrigins=_origins(5)),
)
_at(
    "origins.6",
    "a policy has at most 5 origins",
    page("service-quotas"),
    lambda place: place.ask("CreatePlaybackRestrictionPolicy", allowedOrigins=_origins(6)),
    REFUSED,
)
_at(
    "origins.wildcard",
    "an origin of a policy has no wildcard",
    READING,
    lambda place: place.ask("CreatePlaybackRestrictionPolicy", allowedOrigins=["https://*.a.com"]),
    REFUSED,
)
_at(
    "publicKey.p-256",
    "a playback key must be on the curve P-384",
    page("private-channels-create-key"),
    lambda place: place.ask("ImportPlaybackKeyPair", publicKeyMaterial=_other_curve()),
    REFUSED,
)
_at(
    "publicKey.private",
    "a private key is not taken for a public one",
    page("private-channels-create-key"),
    lambda place: place.ask(
        "ImportPlaybackKeyPair", publicKeyMaterial=new_pair()[1].get_secret_value()
    ),
    REFUSED,
)
_at(
    "preset.of-standard",
    "a preset is only for the types ADVANCED_SD and ADVANCED_HD",
    READING,
    lambda place: place.ask("CreateChannel", preset="HIGHER_BANDWIDTH_DELIVERY"),
    REFUSED,
)
_at(
    "multitrack.incomplete",
    "multitrack input needs a policy, a resolution, STANDARD and FRAGMENTED_MP4",
    READING,
    lambda place: place.ask("CreateChannel", multitrackInputConfiguration={"enabled": True}),
    REFUSED,
)
_at(
    "multitrack.complete",
    "multitrack input with a policy, a resolution, STANDARD and FRAGMENTED_MP4 is taken",
    model("CreateChannel"),
    lambda place: place.ask(
        "CreateChannel",
        containerFormat="FRAGMENTED_MP4",
        multitrackInputConfiguration={
            "enabled": True,
            "policy": "ALLOW",
            "maximumResolution": "FULL_HD",
        },
    ),
)
_at(
    "ads.fragmented-mp4",
    "ads do not go with FRAGMENTED_MP4",
    page("server-side-ad-insertion"),
    lambda place: place.ask(
        "CreateChannel", adConfigurationArn=place.ads, containerFormat="FRAGMENTED_MP4"
    ),
    REFUSED,
)
_at(
    "thumbnails.interval-when-disabled",
    "targetIntervalSeconds does not go with the mode DISABLED",
    READING,
    lambda place: place.ask(
        "CreateRecordingConfiguration",
        **place.to_bucket(),
        thumbnailConfiguration={"recordingMode": "DISABLED", "targetIntervalSeconds": 10},
    ),
    REFUSED,
)
_at(
    "thumbnails.interval-missing",
    "the mode INTERVAL needs targetIntervalSeconds",
    READING,
    lambda place: place.ask(
        "CreateRecordingConfiguration",
        **place.to_bucket(),
        thumbnailConfiguration={"recordingMode": "INTERVAL"},
    ),
    REFUSED,
)
_at(
    "renditions.missing",
    "CUSTOM needs renditions",
    READING,
    lambda place: place.ask(
        "CreateRecordingConfiguration",
        **place.to_bucket(),
        renditionConfiguration={"renditionSelection": "CUSTOM"},
    ),
    REFUSED,
)
for _bytes, _text, _expected in (
    (1024, "a" * 1024, "204"),
    (1025, "a" * 1025, REFUSED),
    (1025, "ä" * 512 + "a", REFUSED),
    (1024, "ä" * 512, "204"),
):
    _unit = "of-two-bytes-each" if "ä" in _text else "bytes"
    GROUP.add(
        f"metadata.{_bytes}-{_unit}",
        f"timed metadata has at most 1 KB, which is 1,024 bytes of UTF-8: {len(_text)} characters"
        f" in {_bytes} bytes",
        READING if _expected == REFUSED else page("metadata"),
        _expected,
        lambda place, text=_text: str(  # type: ignore[misc]
            place.ask("PutMetadata", channelArn=place.live, metadata=text)
        ),
        Need.LIVE,
    )


def _origins(count: int) -> list[str]:
    return [f"https://{number}.example.com" for number in range(count)]


def _other_curve() -> str:
    from joserfc.jwk import ECKey

    return ECKey.generate_key("P-256").as_pem(private=False).decode()
