"""Everybody is met once, with the highest version."""

from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ivskit.errors import Invalid
from ivskit.jobs.records import Rejected
from ivskit.viewers import Viewer
from plan_revocation import survey
from plan_revocation.survey import Seen, Survey
from tests.samples import CHANNEL

PAIRS = some.tuples(some.sampled_from("ab"), some.text(max_size=2), some.integers(0, 9))


@given(some.lists(PAIRS))
def test_of_all_that_is_named_each_pair_is_taken_once_with_its_highest_version(
    named: list[tuple[str, str, int]],
) -> None:
    seen, highest = Seen(), dict[tuple[str, str], int]()
    for channel, viewer, version in named:
        assert seen.add(Viewer(channel, viewer, version)) == ((channel, viewer) not in highest)
        highest[channel, viewer] = max(version, highest.get((channel, viewer), 0))

    taken = [seen.take(Viewer(*pair)) for pair in named]

    assert len(seen) == len(highest)
    assert [(v.channel_arn, v.viewer_id, v.up_to_version) for v in taken if v] == [
        (*pair, version) for pair, version in highest.items()
    ]


def test_the_table_grows_and_keeps_what_it_has() -> None:
    seen = Seen()
    everybody = [Viewer(CHANNEL, f"viewer-{number}", number) for number in range(10_000)]

    assert all(seen.add(viewer) for viewer in everybody)
    assert [seen.take(viewer) for viewer in everybody] == everybody
    assert not any(seen.take(viewer) for viewer in everybody)


def test_who_came_after_the_survey_is_taken_once() -> None:
    seen, late = Seen(), Viewer(CHANNEL, "late", 3)

    assert [seen.take(late), seen.take(late)] == [late, None]


def test_a_survey_counts_pairs_by_channel_and_what_is_wrong() -> None:
    found = Survey(
        [
            Viewer(CHANNEL, "one", 0),
            Viewer(CHANNEL, "one", 3),
            Viewer("other", "one", 3),
            Rejected(row=4, reason="any"),
        ]
    )

    assert (dict(found.channels), found.rejected, found.without_version) == (
        {CHANNEL: 1, "other": 1},
        1,
        1,
    )


def test_more_channels_than_a_region_can_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "MOST_CHANNELS", 2)

    with pytest.raises(Invalid, match="more than 2 channels"):
        Survey(Viewer(f"channel-{number}", "one") for number in range(3))


def test_nobody_names_pairs_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey, "MOST_ROWS", 3)
    three = [Viewer(CHANNEL, f"viewer-{number}", 0) for number in range(3)]

    assert len(Survey(three).seen) == 3
    with pytest.raises(Invalid, match="more than 3 pairs"):
        Survey(cycle(three))
