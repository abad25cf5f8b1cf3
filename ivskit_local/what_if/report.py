"""What would have been different: one JSON document for programs, a table and lines for people."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ivskit.arns import resource_id
from ivskit_local.report import in_words, plural
from ivskit_local.what_if.judged import Judged
from ivskit_local.what_if.tags import ASSUMED, FROM_FILE, FROM_LOG, UNKNOWN
from ivskit_local.what_if.tally import Peak, Stopped, Tally, per_minute

HEADS = ("", "AS THEY ARE", "AS SET")
Row = tuple[str, str, str]
_NAMED = 5
_SOURCES = {
    FROM_FILE: "from the file of --tags",
    FROM_LOG: "from the audit log",
    ASSUMED: "unknown, so managed, as --managed says",
    UNKNOWN: "unknown, so they count as channels without tags: give --managed or --tags",
}
# What holds for every answer.
SIMPLIFIED = (
    "encoders do what they did: after a stop they stay away until the log's next stream",
    "what people commanded is taken from the log as it was done, and not decided anew",
    "a tag holds from when the log first shows it",
    "nothing fails and nothing is late; pauses are left out",
    "calls are those of functions that react, at the moment when they are due: functions wait where"
    " IVS serves fewer; sweeps, metadata and revocations come on top",
)


def as_document(judged: Judged) -> dict[str, Any]:
    """The answer as one JSON value."""
    first, last = judged.history.span
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "events": judged.history.events,
        "channels": len(judged.history.channels),
        "tags": dict(judged.tags),
        "in_the_log": {
            "stopped": judged.stopped_in_log,
            "stopped_otherwise": judged.stopped_otherwise,
        },
        "as_they_are": _tally(judged.as_they_are),
        "as_set": _tally(judged.as_set),
        "notes": list(notes(judged)),
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "streams": tally.streams,
        "stopped": [_stopped(each) for each in tally.stopped],
        "stopped_if_enforced": [_stopped(each) for each in tally.stopped_if_enforced],
        "kept_out": tally.kept_out,
        "rotated": [{**asdict(each), "at": each.at.isoformat()} for each in tally.rotated],
        "rotated_if_enforced": tally.rotated_if_enforced,
        "peaks": {
            operation: {
                **asdict(peak),
                "at": peak.at.isoformat(),
                "quota": per_minute(operation),
            }
            for operation, peak in tally.peaks().items()
        },
    }


def _stopped(each: Stopped) -> dict[str, Any]:
    times = {"started_at": each.started_at.isoformat(), "at": each.at.isoformat()}
    return {**asdict(each), **times}


def heading(judged: Judged) -> Iterator[str]:
    """What was judged, and by which tags."""
    first, last = judged.history.span
    channels = plural(len(judged.history.channels), "channel")
    yield f"{channels}, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    for source, count in sorted(judged.tags.items()):
        yield f"Tags of {plural(count, 'channel')}: {_SOURCES[source]}."


def rows(judged: Judged) -> Iterator[Row]:
    """The rows of the table."""
    both = (judged.as_they_are, judged.as_set)
    yield _row("streams", *(each.streams for each in both))
    yield _row("would be stopped", *(len(each.stopped) for each in both))
    yield from _by("by", *(Counter(one.limit for one in each.stopped) for each in both))
    observed = [len(each.stopped_if_enforced) for each in both]
    if any(observed):
        yield _row("would be stopped, if not only observed", *observed)
    if any(each.kept_out for each in both):
        yield _row("would not begin, since the channel is blocked", *(t.kept_out for t in both))
    yield _row("keys would change", *(len(each.rotated) for each in both))
    yield from _by("", *(Counter(one.because for one in each.rotated) for each in both))
    if any(each.rotated_if_enforced for each in both):
        yield _row(
            "keys would change, if not only observed", *(t.rotated_if_enforced for t in both)
        )
    yield from _peaks(*both)


def _row(name: str, before: int, after: int) -> Row:
    return name, f"{before:,}", f"{after:,}"


def _by(word: str, before: Counter[Any], after: Counter[Any]) -> Iterator[Row]:
    for name in sorted(before.keys() | after.keys()):
        yield _row("  " + f"{word} {name}".strip(), before[name], after[name])


def _peaks(before: Tally, after: Tally) -> Iterator[Row]:
    peaks = before.peaks(), after.peaks()
    for operation in sorted(peaks[0].keys() | peaks[1].keys()):
        name = f"{operation}, calls in the busiest minute, of {per_minute(operation):,}"
        yield name, _calls(peaks[0].get(operation)), _calls(peaks[1].get(operation))


def _calls(peak: Peak | None) -> str:
    if peak is None:
        return "0"
    return f"{peak.calls:,}" + (f" ({plural(peak.over, 'minute')} over)" if peak.over else "")


def named(judged: Judged) -> Iterator[str]:
    """The first streams about which the settings differ."""
    before = {each.stream_id for each in judged.as_they_are.stopped}
    after = {each.stream_id for each in judged.as_set.stopped}
    new = [each for each in judged.as_set.stopped if each.stream_id not in before]
    gone = [each for each in judged.as_they_are.stopped if each.stream_id not in after]
    yield from _listed("Stopped only as set", new)
    yield from _listed("Stopped only as they are", gone)
    yield from _listed("As set, stopped if not only observed", judged.as_set.stopped_if_enforced)


def _listed(title: str, stopped: Sequence[Stopped]) -> Iterator[str]:
    if not stopped:
        return
    yield f"{title}: {plural(len(stopped), 'stream')}"
    for each in sorted(stopped, key=lambda one: one.started_at)[:_NAMED]:
        lasted = in_words(each.at - each.started_at)
        yield (
            f"  {resource_id(each.channel_arn)}, {each.stream_id}, began"
            f" {each.started_at:%Y-%m-%d %H:%M:%S}: {each.limit} after {lasted}, then {each.then}"
        )
    if len(stopped) > _NAMED:
        yield f"  and {len(stopped) - _NAMED:,} more: --json lists all"


def notes(judged: Judged) -> Iterator[str]:
    """What the answer assumes and leaves out."""
    yield from SIMPLIFIED
    yield from _on_the_log(judged)
    rotated = (*judged.as_they_are.rotated, *judged.as_set.rotated)
    if any(each.because == "by age" for each in rotated):
        yield "the ages of keys count from the first event, and sweeps come every five minutes"
    for name in judged.unjudged:
        yield f"{name} acts, and is left out: it depends on viewers, whom no event counts"


def _on_the_log(judged: Judged) -> Iterator[str]:
    tally = judged.as_set
    counts = (
        (tally.without_start, "{} began before the first event: only their keys are judged"),
        (
            tally.without_end,
            "{} without an end in the log: live until the next one on the channel, or the last"
            " event",
        ),
        (
            judged.cut_short,
            "in the log, ivskit stopped {} that it would not stop as set: how long they would have"
            " lasted, nobody knows",
        ),
        (
            judged.stopped_otherwise,
            "in the log, ivskit stopped {} for what is not judged here, such as time without"
            " viewers: under either settings they end there",
        ),
    )
    for count, sentence in counts:
        if count:
            yield sentence.format(plural(count, "stream"))
