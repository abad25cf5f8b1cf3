"""One key per channel: how it is made, read, replaced and lost."""

from __future__ import annotations

import re

from ivskit_local.conform.place import Place
from ivskit_local.conform.probe import READING, Group, Need, model, page

GROUP = Group("one_key")
KEY = re.compile(r"sk_[a-z0-9-]+_[A-Za-z0-9]+(_[A-Za-z0-9]+)?")


@GROUP.probe(
    "with-the-channel",
    "CreateChannel makes a channel and its stream key",
    model("CreateChannel"),
    "1 key, the same",
)
def _with_the_channel(place: Place) -> str:
    made = place.must("CreateChannel")
    keys = place.must("ListStreamKeys", channelArn=made["channel"]["arn"])["streamKeys"]
    same = [key["arn"] for key in keys] == [made["streamKey"]["arn"]]
    return f"{len(keys)} key, {'the same' if same else 'another'}"


@GROUP.probe(
    "form", "a key has the form sk_REGION_TEXT", page("streaming-config"), "sk_REGION_TEXT"
)
def _form(place: Place) -> str:
    value = str(place.must("CreateChannel")["streamKey"].get("value"))
    return "sk_REGION_TEXT" if KEY.fullmatch(value) else "otherwise"


@GROUP.probe("not-in-lists", "ListStreamKeys gives no values", model("ListStreamKeys"), "no value")
def _not_in_lists(place: Place) -> str:
    (key,) = place.must("ListStreamKeys", channelArn=place.idle)["streamKeys"]
    return "a value" if "value" in key else "no value"


@GROUP.probe("in-get", "GetStreamKey gives the value", model("GetStreamKey"), "the value")
def _in_get(place: Place) -> str:
    made = place.must("CreateChannel")["streamKey"]
    read = place.must("GetStreamKey", arn=made["arn"])["streamKey"]
    return "the value" if read.get("value") == made["value"] else "another"


@GROUP.probe(
    "in-batch", "BatchGetStreamKey gives the value", model("BatchGetStreamKey"), "the value"
)
def _in_batch(place: Place) -> str:
    made = place.must("CreateChannel")["streamKey"]
    (read,) = place.must("BatchGetStreamKey", arns=[made["arn"]])["streamKeys"]
    return "the value" if read.get("value") == made["value"] else "another"


@GROUP.probe(
    "replaced",
    "after DeleteStreamKey, CreateStreamKey makes a key of another ARN and value",
    model("CreateStreamKey"),
    "another ARN, another value",
)
def _replaced(place: Place) -> str:
    made = place.must("CreateChannel")
    old = made["streamKey"]
    place.must("DeleteStreamKey", arn=old["arn"])
    new = place.must("CreateStreamKey", channelArn=made["channel"]["arn"])["streamKey"]
    return ", ".join(
        f"{'another' if new[member] != old[member] else 'the same'} {name}"
        for member, name in (("arn", "ARN"), ("value", "value"))
    )


@GROUP.probe(
    "refused-and-kept",
    "a CreateStreamKey that is refused leaves the key as it is",
    model("CreateStreamKey"),
    "402 ServiceQuotaExceededException, the same",
)
def _refused_and_kept(place: Place) -> str:
    arn = place.channel()
    before = place.key_of(arn)
    answered = place.ask("CreateStreamKey", channelArn=arn)
    return f"{answered}, {'the same' if place.key_of(arn) == before else 'another'}"


@GROUP.probe(
    "deleted", "a deleted key is gone", model("DeleteStreamKey"), "404 ResourceNotFoundException"
)
def _deleted(place: Place) -> str:
    arn = place.key_of(place.channel())
    place.must("DeleteStreamKey", arn=arn)
    return str(place.ask("GetStreamKey", arn=arn))


@GROUP.probe(
    "deleted-twice",
    "a key that is deleted cannot be deleted again",
    model("DeleteStreamKey"),
    "404 ResourceNotFoundException",
)
def _deleted_twice(place: Place) -> str:
    arn = place.key_of(place.channel())
    place.must("DeleteStreamKey", arn=arn)
    return str(place.ask("DeleteStreamKey", arn=arn))


@GROUP.probe("none", "a channel may have no key", model("DeleteStreamKey"), "200, 0 keys")
def _none(place: Place) -> str:
    answered = place.ask("ListStreamKeys", channelArn=place.keyless())
    return f"{answered}, {len(answered.body.get('streamKeys', []))} keys"


@GROUP.probe(
    "gone-with-the-channel",
    "DeleteChannel deletes the channel's key",
    model("DeleteChannel"),
    "404 ResourceNotFoundException",
)
def _gone(place: Place) -> str:
    channel = place.channel()
    key = place.key_of(channel)
    place.must("DeleteChannel", arn=channel)
    return str(place.ask("GetStreamKey", arn=key))


@GROUP.probe(
    "value-is-kept",
    "UpdateChannel leaves the key as it is",
    model("UpdateChannel"),
    "the same",
)
def _value_is_kept(place: Place) -> str:
    made = place.must("CreateChannel")
    place.must("UpdateChannel", arn=made["channel"]["arn"], latencyMode="NORMAL")
    read = place.must("GetStreamKey", arn=made["streamKey"]["arn"])["streamKey"]
    return "the same" if read["value"] == made["streamKey"]["value"] else "another"


@GROUP.probe(
    "deleted-while-live",
    "DeleteStreamKey leaves the stream that is live with the key",
    READING,
    "204, live",
    Need.LIVE,
)
def _deleted_while_live(place: Place) -> str:
    arn = place.channel(type="BASIC")
    place.go_live(arn)
    answered = place.ask("DeleteStreamKey", arn=place.key_of(arn))
    place.around.wait(5)
    return f"{answered}, {'live' if place.is_live(arn) else 'not live'}"


@GROUP.probe(
    "deleted-then-stopped",
    "an encoder whose key was deleted cannot come back after StopStream",
    model("StopStream"),
    "409",
    Need.ENCODER,
)
def _deleted_then_stopped(place: Place) -> str:
    made = place.must("CreateChannel", type="BASIC")
    arn, key = made["channel"]["arn"], made["streamKey"]
    place.go_live(arn)
    place.must("DeleteStreamKey", arn=key["arn"])
    place.stop(arn)
    return place.around.encoder(arn, "connect", {"streamKey": key["value"]})
