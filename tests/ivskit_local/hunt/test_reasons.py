"""The reasons that functions can give are those of their code."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from ivskit_local.hunt.coverage import Reached, Reason
from ivskit_local.hunt.hunt import Ground
from ivskit_local.hunt.reasons import all_reasons
from ivskit_local.runtime.synth import synthesize
from tests.worlds import ROOT

FUNCTIONS = ROOT / "functions"


@pytest.mark.parametrize(
    ("code", "reasons"),
    [
        ('Skip("the stream has recovered")', ["the stream has recovered"]),
        ('Skip(f"the channel is live ({live}) and stays")', ["the channel is live (…) and stays"]),
        ("Wait(1, STILL)", ["it is still shown"]),
        ('Wait(1, f"{n} more to come", "a text of another field")', ["… more to come"]),
        ("Question(cause='some other text', reason=_WHY[by])", ["a key was made", "it is late"]),
        ('raise Refused(f"the store answers {code}")', ["the store answers …"]),
        ('why["reason"] += f"; not tagged, since {it}"', ["; not tagged, since …"]),
        (
            'def over(now) -> str | None:\n    return "it is over" if now else None',
            ["it is over"],
        ),
        ('def name(now) -> int:\n    return "it is no reason"', []),
        ('log("this is logged, and no reason")', []),
    ],
)
def test_a_text_is_a_reason_by_what_it_is_passed_as(
    tmp_path: Path, code: str, reasons: list[str]
) -> None:
    package = tmp_path / "a_function"
    package.mkdir()
    (package / "decisions.py").write_text(
        "class Skip:\n    reason: str\nclass Wait:\n    due: int\n    reason: str\n"
        "class Other:\n    due: int\n"
        'STILL: str = "it is still shown"\n_WHY = {1: "a key was made", 2: "it is late"}\n'
    )
    of_others = {*all_reasons(tmp_path)}
    (package / "decide.py").write_text(code)

    assert sorted({*all_reasons(tmp_path)} - of_others) == sorted(reasons)


def _is_known(reason: Reason, reasons: Sequence[str]) -> bool:
    return len(Reached(Counter([reason])).never_given(reasons)) < len(reasons)


def test_the_code_gives_every_reason_that_comes_on_a_day() -> None:
    """Those of a day that are not in the code were given by whoever sent a command."""
    ground = Ground(synthesize(ROOT), ROOT, channels=1)
    reasons = all_reasons(FUNCTIONS)
    reached = ground.live(ground.day(9)).reached

    unknown = {reason for reason in reached.reasons if not _is_known(reason, reasons)}
    assert {kind for _, kind in unknown} <= {"commanded"}
    assert "the channel is live again (…)" in reasons
    never = reached.never_given(reasons)
    assert "manifest: it is empty" in never
    assert len(never) <= len(reasons) - 5
