"""The policy of a channel: the deployment's settings, overlaid by the channel's tags."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from ivskit.durations import Duration, Limit, format_duration
from ivskit.policy.health import NO_RULES, HealthRules
from ivskit.policy.tags import ReadTags, read_tags
from ivskit.policy.values import PolicyValues

# During a pause functions look again by a schedule, hence after more than 15 minutes: Lambda stops
# a loop through a queue after 16 rounds.
WHILE_PAUSED = timedelta(minutes=16)
# IVS may briefly not find a channel that exists, and people need time to notice.
SHORTEST_ORPHANED = timedelta(days=1)
# What to do with a key that ivskit did not create.
Adopt = Literal["deliver", "remember", "leave"]
# Which stream is stopped while the account is at its limit of streams.
Shed = Literal["none", "newest", "fewest-viewers"]
# What the versions of viewer sessions are: the Unix second of their token, or anything else.
SessionVersions = Literal["unix-seconds", "other"]
# On which channels a person's command acts.
CommandChannels = Literal["all", "managed"]


class Policy(PolicyValues):
    """The policy of one channel, tags included.

    mode: of automation; is_observed: whether the mode itself is observe, and not only because of a
    pause or an invalid tag. restriction: the name of a policy of the settings. bad_tags: a sentence
    for each invalid tag; the setting applies instead. protected_by: the invalid tag because of
    which automation only observes. paused: who paused automation, and since when; commands_paused:
    whether the pause holds commands too.
    """

    managed: bool
    grace: timedelta
    is_observed: bool = False
    command_channels: CommandChannels = "all"
    hold_until: AwareDatetime | None = None
    health: HealthRules = NO_RULES
    welcome: str | None = None
    restriction: str | None = None
    countries: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    bad_tags: tuple[str, ...] = ()
    protected_by: str | None = None
    paused: str | None = None
    commands_paused: bool = False

    @property
    def hands_off(self) -> str | None:
        """Why automation does not carry out its decisions, or None where it does."""
        if self.mode == "enforce":
            return None
        if self.protected_by is not None:
            return f"observing only until the tag {self.protected_by} is valid"
        return self.paused or "observing only"

    def objection_to_command(self, *, force: bool) -> str | None:
        """Why a person's command is refused here, or None where it acts.

        A pause holds back automation, and commands only where it says so.
        """
        if self.command_channels == "managed" and not self.managed:
            return "the channel is not managed by ivskit, and commands.channels says managed"
        holds_back = self.is_observed or (self.paused is not None and self.commands_paused)
        if force or not holds_back:
            return None
        return f"{self.hands_off}: send the command with force to act anyway"

    def commanded(self) -> Self:
        """The policy as it applies to a command that acts."""
        changes = {"mode": "enforce", "is_observed": False, "paused": None, "protected_by": None}
        return self.model_copy(update=changes)

    def held_at(self, now: datetime) -> bool:
        """Whether automation must still wait, so that only commands may act."""
        return self.hold_until is not None and now < self.hold_until


class PolicySettings(PolicyValues):
    """The policy of every channel of a deployment unless its tags say otherwise.

    The stacks pass it to the functions as one JSON environment variable. channels: tagged manages
    channels whose tag ivskit:managed is true or names the stage; named only the latter.
    """

    channels: Literal["tagged", "named", "all"] = "tagged"
    grace: Duration = timedelta(minutes=10)
    shed: Shed = "none"
    health: HealthRules = NO_RULES

    def of(
        self, tags: Mapping[str, str], *, stage: str, command_channels: CommandChannels = "all"
    ) -> Policy:
        """The policy of the channel that carries these tags; an invalid one never raises."""
        read = read_tags(tags, stage=stage, has_neighbours=self.channels != "all")
        settings = {name: getattr(self, name) for name in PolicyValues.model_fields}
        wishes = {**settings, **read.wishes}
        wishes["health"] = self.health if wishes.get("health", "on") == "on" else NO_RULES
        is_observed = wishes["mode"] == "observe"
        if read.protects is not None:
            wishes["mode"] = "observe"
        return Policy(
            managed=self._manages(read),
            grace=self.grace,
            is_observed=is_observed,
            command_channels=command_channels,
            bad_tags=read.bad,
            protected_by=read.protects,
            **wishes,
        )

    def _manages(self, read: ReadTags) -> bool:
        match read.managed:
            case None:
                return self.channels == "all"
            case "true":
                return self.channels != "named"
            case "own stage" | "unknown":
                return True
            case "false" | "other stage":
                return False


def _not_too_soon(after: timedelta | None) -> timedelta | None:
    if after is not None and after < SHORTEST_ORPHANED:
        shortest = format_duration(SHORTEST_ORPHANED)
        raise ValueError(f"should be at least {shortest}, or off; not {format_duration(after)}")
    return after


class KeySettings(BaseModel):
    """Where stream keys are delivered; passed to the functions like the policy.

    adopt: what to do with a key that ivskit did not create. deliver: deliver it to the store;
    remember: remember only its age; leave: replace it only by command. delete_orphaned_after: how
    long a stored key outlives its channel.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    store: Literal["secretsmanager", "ssm", "none"] = "secretsmanager"
    adopt: Adopt = "remember"
    delete_orphaned_after: Annotated[Limit, AfterValidator(_not_too_soon)] = None
