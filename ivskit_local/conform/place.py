"""What a probe gets: the API of an endpoint, things to ask about, and what is around the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from joserfc.jwk import ECKey
from pydantic import SecretStr

from ivskit_local.conform.answers import Answered
from ivskit_local.conform.around import Around, seconds_between
from ivskit_local.conform.made import DELETES, MEMBERS, TAG, Ledger, Made, kind_of
from ivskit_local.conform.probe import Need
from ivskit_local.errors import NotDone

TRIES = 6
STEP_SECONDS = 1.0
TAGS_AT_MOST = 50
LIVE_SECONDS = 60.0
END_SECONDS = 120.0


class SetUpFailed(Exception):
    """Something that the probe needs could not be made; `answered` says what the endpoint said."""

    def __init__(self, answered: Answered) -> None:
        super().__init__(f"{answered.operation} answered {answered}")
        self.answered = answered


class Place:
    """An endpoint to ask. Every resource that is made here is tagged, and deleted in the end."""

    def __init__(
        self,
        client: Any,
        around: Around,
        *,
        run: str,
        ledger: Ledger | None = None,
    ) -> None:
        self._client = client
        self.around = around
        self.run = run
        self.made = Made(self._deleted, ledger or Ledger(None, run))
        self._keys: dict[str, SecretStr] = {}
        self._ingest: dict[str, str] = {}
        self._secrets: list[SecretStr] = []
        self._seen: list[dict[str, Any]] = []
        # A channel whose stream was recorded, once a probe has made it.
        self.recorded: str | None = None

    # Calls.

    def ask(self, operation: str, /, *, patient: bool = True, **parameters: Any) -> Answered:
        """Call the API without any check on this side; never raises what the endpoint says.

        A call that is throttled is repeated, unless `patient` is off.
        """
        given = self._tagged(operation, parameters)
        if operation in MEMBERS:
            self.made.ledger.note("making", operation=operation)
        answered = self._called(operation, given)
        for _ in range(TRIES if patient else 0):
            if answered.code != "ThrottlingException":
                break
            self.around.wait(1)
            answered = self._called(operation, given)
        if answered.ok:
            self._remember(operation, answered.body, parameters)
        return answered

    def must(self, operation: str, /, **parameters: Any) -> Any:
        """The answer's members; raises SetUpFailed."""
        answered = self.ask(operation, **parameters)
        if not answered.ok:
            raise SetUpFailed(answered)
        return answered.body

    def _called(self, operation: str, parameters: dict[str, Any]) -> Answered:
        self.around.pace(operation)
        try:
            body = getattr(self._client, xform_name(operation))(**parameters)
        except ClientError as error:
            said = error.response
            status = said["ResponseMetadata"]["HTTPStatusCode"]
            code, message = said["Error"].get("Code", ""), said["Error"].get("Message", "")
            return Answered(operation, status, code, message)
        except BotoCoreError as error:
            raise NotDone(f"{operation}: {error}") from error
        status = body.pop("ResponseMetadata")["HTTPStatusCode"]
        return Answered(operation, status, body=body)

    def _tagged(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        makes = operation in MEMBERS or operation == "CreateStreamKey"
        tags = parameters.get("tags", {})
        if not makes or not isinstance(tags, dict) or len(tags) >= TAGS_AT_MOST:
            return parameters
        return {**parameters, "tags": {TAG: self.run, **tags}}

    def _remember(self, operation: str, body: dict[str, Any], given: dict[str, Any]) -> None:
        if operation in MEMBERS:
            self.made.add(body[MEMBERS[operation]]["arn"])
        channel = body.get("channel", {}) if operation == "CreateChannel" else {}
        if "ingestEndpoint" in channel:
            self._ingest[channel["arn"]] = channel["ingestEndpoint"]
        keys = [body["streamKey"]] if "streamKey" in body else body.get("streamKeys", [])
        for key in keys:
            if key.get("value"):
                arn = key.get("channelArn") or channel.get("arn") or given.get("channelArn", "")
                self._keys[arn] = SecretStr(key["value"])
                self._secrets.append(self._keys[arn])

    def scrubbed(self, text: str) -> str:
        """The text without any secret that this place has seen."""
        for secret in self._secrets:
            text = text.replace(secret.get_secret_value(), "***")
        return re.sub(r"sk_[a-z0-9-]+_\w+", "***", text)

    # Things that all probes may look at, and none may change.

    @cached_property
    def idle(self) -> str:
        """A channel with a key, where nothing was ever live."""
        return self._shared("CreateChannel", name="idle")

    @cached_property
    def idle_key(self) -> str:
        """The ARN of the idle channel's stream key."""
        return str(self.must("ListStreamKeys", channelArn=self.idle)["streamKeys"][0]["arn"])

    @cached_property
    def pair(self) -> str:
        """A playback key pair."""
        return self._shared("ImportPlaybackKeyPair", publicKeyMaterial=self._new_pair[0])

    @property
    def private_key(self) -> SecretStr:
        """The private key of the pair."""
        return self._new_pair[1]

    @cached_property
    def _new_pair(self) -> tuple[str, SecretStr]:
        return new_pair()

    @cached_property
    def policy(self) -> str:
        """A playback restriction policy."""
        return self._shared("CreatePlaybackRestrictionPolicy", name="policy")

    @cached_property
    def recording(self) -> str:
        """A recording configuration that is no longer being created."""
        arn = self._shared("CreateRecordingConfiguration", **self.to_bucket())
        self.until(lambda: self.state_of(arn) != "CREATING", 60)
        return arn

    @cached_property
    def ads(self) -> str:
        """An ad configuration."""
        return self._shared("CreateAdConfiguration", **self.media_tailor(1))

    @cached_property
    def slate(self) -> str:
        """A failover slate configuration that is no longer being created."""
        arn = self._shared("CreateFailoverSlateConfiguration", name="slate")
        self.until(lambda: self.state_of(arn) != "CREATING", 60)
        return arn

    @cached_property
    def live(self) -> str:
        """A channel that is live, with ads, private."""
        settings = {"authorized": True, "type": "BASIC", "adConfigurationArn": self.ads}
        assert self.pair  # noqa: S101 - whose tokens open the channel
        arn = self._shared("CreateChannel", name="live", **settings)
        self.go_live(arn)
        return arn

    @cached_property
    def ended(self) -> str:
        """A channel that was live, was stopped, and whose session is over."""
        arn = self._shared("CreateChannel", name="ended", type="BASIC")
        self.go_live(arn)
        self.around.wait(2)
        self.stop(arn)
        return arn

    def _shared(self, operation: str, **parameters: Any) -> str:
        with self.made.shared():
            return self.new(operation, **parameters)

    # Things of one probe.

    def new(self, operation: str, **parameters: Any) -> str:
        """The ARN of a new thing; raises SetUpFailed."""
        return str(self.must(operation, **parameters)[MEMBERS[operation]]["arn"])

    def channel(self, **settings: Any) -> str:
        """A new channel."""
        return self.new("CreateChannel", **settings)

    def keyless(self) -> str:
        """A new channel without a stream key."""
        arn = self.channel()
        for key in self.must("ListStreamKeys", channelArn=arn)["streamKeys"]:
            self.must("DeleteStreamKey", arn=key["arn"])
        return arn

    def key_of(self, channel_arn: str) -> str:
        """The ARN of the channel's stream key."""
        return str(self.must("ListStreamKeys", channelArn=channel_arn)["streamKeys"][0]["arn"])

    def unknown(self, kind: str) -> str:
        """An ARN of this kind that names nothing, in the account of the endpoint."""
        return f"{self.idle.rpartition(':')[0]}:{kind}/Zz0123456789"

    def to_bucket(self) -> dict[str, Any]:
        """The input of a recording configuration."""
        return {"destinationConfiguration": {"s3": {"bucketName": self.around.bucket()}}}

    def media_tailor(self, count: int) -> dict[str, Any]:
        """The input of an ad configuration."""
        region, account = self.idle.split(":")[3:5]
        arn = f"arn:aws:mediatailor:{region}:{account}:playbackConfiguration/conform"
        configurations = [{"playbackConfigurationArn": f"{arn}{n}"} for n in range(count)]
        return {"mediaTailorPlaybackConfigurations": configurations}

    def state_of(self, arn: str) -> str:
        """The state of a recording or a slate configuration."""
        recording = kind_of(arn) == "recording-configuration"
        name = "RecordingConfiguration" if recording else "FailoverSlateConfiguration"
        body = self.must(f"Get{name}", arn=arn)
        return str(body[name[0].lower() + name[1:]]["state"])

    # Streams.

    def connect(self, channel_arn: str) -> None:
        """Let an encoder connect; the stream has not started yet."""
        self.around.go_live(channel_arn, self._keys[channel_arn], self._ingest[channel_arn])

    def go_live(self, channel_arn: str) -> float:
        """Go live, and wait until GetStream shows it; answers how many seconds that took."""
        self.connect(channel_arn)
        took = self.until(lambda: self.ask("GetStream", channelArn=channel_arn).ok, LIVE_SECONDS)
        if took is None:
            raise SetUpFailed(self.ask("GetStream", channelArn=channel_arn))
        self.until(lambda: "startTime" in self.session(channel_arn), LIVE_SECONDS)
        return took

    def stop(self, channel_arn: str) -> float | None:
        """Stop the stream, and wait until it is over; how many seconds that took."""
        answered = self.ask("StopStream", channelArn=channel_arn)
        if not answered.ok:
            raise SetUpFailed(answered)
        self.around.hang_up(channel_arn)
        took = self.until(lambda: not self.is_live(channel_arn), END_SECONDS)
        self.until(lambda: "endTime" in self.session(channel_arn), END_SECONDS)
        return took

    def is_live(self, channel_arn: str) -> bool:
        """Whether GetStream shows a stream."""
        return self.ask("GetStream", channelArn=channel_arn).ok

    def session(self, channel_arn: str) -> dict[str, Any]:
        """The newest session of the channel."""
        session: dict[str, Any] = self.must("GetStreamSession", channelArn=channel_arn)
        return dict(session["streamSession"])

    def play(self, channel_arn: str, token: str | None, origin: str | None = None) -> str:
        """`plays` or `refused`."""
        url = str(self.must("GetChannel", arn=channel_arn)["channel"].get("playbackUrl", ""))
        return "plays" if self.around.plays(url, channel_arn, token, origin) else "refused"

    def events(self, channel_arn: str) -> list[dict[str, Any]]:
        """All events about the channel that have come."""
        self._seen.extend(self.around.events())
        return [event for event in self._seen if event["resources"] == [channel_arn]]

    # Time.

    def until(self, holds: Callable[[], object], seconds: float) -> float | None:
        """Wait until it holds; how many seconds that took, None if it never did."""
        if holds():
            return 0
        began, most = self.around.now(), min(seconds, self.around.patience)
        took = 0.0
        while took < most:
            took = seconds_between(began, self.around.wait(STEP_SECONDS))
            if holds():
                return took
        return None

    # The end.

    def close(self) -> None:
        """Delete all that was made; what cannot be deleted is in `made.left`."""
        self.made.end()
        self.made.left.extend(self.around.close())
        if not self.made.left:
            self.made.ledger.close()

    def _deleted(self, arn: str) -> bool:
        operation = DELETES[kind_of(arn)]
        if kind_of(arn) == "channel":
            self._silence(arn)
        gone: list[Answered] = []

        def is_gone() -> bool:
            gone.append(self.ask(operation, arn=arn))
            is_held = gone[-1].code == "ConflictException"
            if is_held and kind_of(arn) == "channel":
                self._lock_out(arn)
            return not is_held

        self.until(is_gone, END_SECONDS)
        return gone[-1].ok or gone[-1].code == "ResourceNotFoundException"

    def _silence(self, channel_arn: str) -> None:
        if Need.LIVE in self.around.has:
            self.around.hang_up(channel_arn)
            self.ask("StopStream", channelArn=channel_arn)

    def _lock_out(self, channel_arn: str) -> None:
        """End a stream whose encoder is out of reach, such as that of a run that was killed."""
        keys = self.ask("ListStreamKeys", channelArn=channel_arn)
        for key in keys.body.get("streamKeys", []):
            self.ask("DeleteStreamKey", arn=key["arn"])
        self.ask("StopStream", channelArn=channel_arn)


def new_pair() -> tuple[str, SecretStr]:
    """A public key in PEM, and its private key."""
    key = ECKey.generate_key("P-384")
    public, private = key.as_pem(private=False).decode(), key.as_pem(private=True).decode()
    return public, SecretStr(private)
