"""The decision table: each row is a question and facts, and what is to be done."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivskit.automation.restriction_records import Answered, Changing, Restricted
from ivskit.commands import LiftRestriction, RestrictPlayback
from ivskit.policy import PolicySettings
from ivskit.restrictions import Restriction
from restrict_playback.decide import (
    Change,
    Decision,
    Facts,
    Listed,
    Question,
    Refuse,
    Repeat,
    Skip,
    decide,
)
from tests.samples import CHANNEL

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)
DE, FR, US = (Restriction(countries=(code,)) for code in ("DE", "FR", "US"))
ARN = "arn:aws:ivs:us-west-2:123456789012:playback-restriction-policy/"
MANAGED = {"ivskit:managed": "true"}
TAGGED = MANAGED | {"ivskit:countries": "DE"}


def listed(content: Restriction, *, ours: bool = True, used: bool = True) -> Listed:
    """A policy, whose id is its first country."""
    return Listed(f"{ARN}{content.countries[0]}", "", content, ours, used)


def commanded(by: str = "restrict", **fields: Any) -> Question:
    """A command's question; the command restricts to Germany."""
    model = RestrictPlayback if by == "restrict" else LiftRestriction
    more = {"countries": ["DE"]} if by == "restrict" and "policy" not in fields else {}
    command = model.issue(channel_arn=CHANNEL, **more, **fields)
    return Question(
        by="restrict" if by == "restrict" else "lift",
        channel_arn=CHANNEL,
        cause="command",
        since=NOW,
        event_id="event",
        reason="because",
        command=command,
    )


LOOK = Question(
    by="look", channel_arn=CHANNEL, cause="look", since=NOW, event_id="event", reason="tags"
)


def facts(tags: dict[str, str] | None = None, **given: Any) -> Facts:
    """A public channel of this stage without any policy, unless given otherwise."""
    policy = PolicySettings().of(MANAGED if tags is None else tags, stage="dev")
    fields = {"known": Restricted(), "named": {}, "listed": [], **given}
    return Facts(now=NOW, policy=policy, **fields)


def changing(wanted: Restriction | None, *, by: Any = "tag", cause: str = "before") -> Changing:
    """A change that was begun."""
    return Changing(cause=cause, reason="", event_id="e", at=EARLIER, by=by, wanted=wanted)


OURS: dict[str, Any] = {"listed": [listed(DE)], "attached": f"{ARN}DE"}
BY_TAG = Restricted(by="tag", content=DE, policy_arn=f"{ARN}DE")
BY_COMMAND = Restricted(by="command", content=DE, policy_arn=f"{ARN}DE", commanded_at=EARLIER)
THEIRS: dict[str, Any] = {"listed": [listed(FR, ours=False)], "attached": f"{ARN}FR"}
FULL = [listed(FR), listed(US, ours=False), listed(Restriction(countries=("AT",)))]
ANSWER = Answered(cause="command", outcome="Playback Restricted", detail={})


def _change(wanted: Restriction | None, by: str) -> tuple[str, Restriction | None, str]:
    return "change", wanted, by


def in_words(decision: Decision) -> Any:
    """The decision, as the rows below name it."""
    match decision:
        case Change(change):
            return _change(change.wanted, change.by)
        case Refuse(reason):
            return "refuse", reason
        case Skip(reason, of_tags):
            return "skip", reason, of_tags
        case Repeat():
            return "repeat"


def matches(found: Any, expected: Any) -> bool:
    """Whether they are the same; of a reason, a part is enough."""
    if isinstance(expected, str) or expected[0] == "change":
        return bool(found == expected)
    kind, reason, *rest = expected
    return found[0] == kind and reason in found[1] and (not rest or found[2] == rest[0])


COMMANDS = [
    (commanded(), facts(), _change(DE, "command")),
    (commanded(), facts(tags={}), _change(DE, "command")),
    (commanded(), facts(**OURS, known=BY_TAG), _change(DE, "command")),
    (commanded(), facts(private=True), ("refuse", "the channel is private")),
    (commanded(), facts(**THEIRS), ("refuse", "the policy FR, which ivskit did not make")),
    (commanded(force=True), facts(**THEIRS), _change(DE, "command")),
    (commanded(), facts(listed=FULL), ("refuse", "the region has 3 restriction policies")),
    (commanded(), facts(listed=[*FULL[:2], listed(DE)]), _change(DE, "command")),
    (
        commanded(),
        facts(listed=[*FULL[:2], listed(Restriction(countries=("AT",)), used=False)]),
        _change(DE, "command"),
    ),
    (commanded(policy="dach"), facts(named={"dach": FR}), _change(FR, "command")),
    (commanded(policy="dach"), facts(), ("refuse", "restrictions.policies has none")),
    (commanded(), facts(known=Restricted(commanded_at=LATER)), ("refuse", "a newer command")),
    (commanded(), facts(MANAGED | {"ivskit:mode": "observe"}), ("refuse", "observing only")),
    (
        commanded(force=True),
        facts(MANAGED | {"ivskit:mode": "observe"}),
        _change(DE, "command"),
    ),
    (commanded(), facts(known=Restricted(answers=(ANSWER,))), "repeat"),
    (
        commanded(),
        facts(known=Restricted(changing=changing(DE, by="command", cause="command"))),
        _change(DE, "command"),
    ),
    (commanded(), facts(known=Restricted(changing=changing(FR))), _change(DE, "command")),
]
LIFTS = [
    (commanded("lift"), facts(**OURS, known=BY_COMMAND), _change(None, "command")),
    (commanded("lift"), facts(**OURS), _change(None, "command")),
    (commanded("lift"), facts(), ("skip", "ivskit does not restrict the channel", None)),
    (commanded("lift"), facts(**THEIRS), ("skip", "which ivskit did not make", None)),
    (commanded("lift"), facts(TAGGED, **OURS, known=BY_TAG), ("refuse", "remove them first")),
    (
        commanded("lift"),
        facts(TAGGED | {"ivskit:countries": "FR"}, **OURS, known=BY_COMMAND),
        _change(FR, "tag"),
    ),
    (commanded("lift"), facts(known=Restricted(changing=changing(DE))), _change(None, "command")),
]
TAGS = [
    (LOOK, facts(TAGGED), _change(DE, "tag")),
    (LOOK, facts(TAGGED, **OURS, known=BY_TAG), ("skip", "as it should be", None)),
    (LOOK, facts(**OURS, known=BY_TAG), _change(None, "tag")),
    (LOOK, facts(**OURS, known=BY_COMMAND), ("skip", "until a command lifts that", None)),
    (LOOK, facts(TAGGED | {"ivskit:managed": "false"}), ("skip", "not managed", None)),
    (LOOK, facts(TAGGED, private=True), ("skip", "the channel is private", DE.fingerprint)),
    (LOOK, facts(TAGGED, **THEIRS), ("skip", "which ivskit did not make", DE.fingerprint)),
    (LOOK, facts(TAGGED, listed=FULL), ("skip", "the region has 3", DE.fingerprint)),
    (
        LOOK,
        facts(TAGGED | {"ivskit:mode": "observe"}),
        ("skip", "observing only", DE.fingerprint),
    ),
    (
        LOOK,
        facts(MANAGED | {"ivskit:countries": "Germany"}, **OURS, known=BY_TAG),
        ("skip", "a tag of the channel is invalid", "none"),
    ),
    (
        LOOK,
        facts(TAGGED | {"ivskit:restriction": "dach"}, **OURS, known=BY_TAG),
        ("skip", "take either ivskit:restriction"),
    ),
    (
        LOOK,
        facts(TAGGED, known=Restricted(changing=changing(DE))),
        _change(DE, "tag"),
    ),
    (
        LOOK,
        facts(TAGGED, **OURS, known=Restricted(changing=changing(DE))),
        _change(DE, "tag"),
    ),
    (LOOK, facts(known=Restricted(changing=changing(DE))), ("skip", "as it should be", None)),
    (
        LOOK,
        facts(known=Restricted(changing=changing(FR, by="command"))),
        _change(FR, "command"),
    ),
]


@pytest.mark.parametrize(("question", "known", "expected"), [*COMMANDS, *LIFTS, *TAGS])
def test_the_decision(question: Question, known: Facts, expected: Any) -> None:
    found = in_words(decide(question, known))

    assert matches(found, expected), found


def test_what_tags_waited_for_is_finished_under_its_first_cause() -> None:
    decision = decide(LOOK, facts(TAGGED, known=Restricted(changing=changing(DE))))

    assert isinstance(decision, Change)
    assert decision.change.cause == "before"


def test_a_full_region_is_named_and_content() -> None:
    decision = decide(commanded(), facts(listed=FULL))

    assert isinstance(decision, Refuse)
    assert decision.reason.endswith("FR (countries FR); US (countries US); AT (countries AT)")
