"""What a person reads and is asked in a terminal, and what a pipe gets."""

import subprocess
import sys

import pytest

from ivskit_cli.speech import Speech, confirm, is_followed
from ivskit_local.errors import NotDone, WrongUsage
from tests.ivskit_cli.test_screen import CLEAR, GREEN, RED, in_terminal, rows

SAID = """
from ivskit_cli.speech import Speech, is_followed
speech = Speech()
speech.say("Sent it.")
speech.progress("waiting")
speech.say("it is verified", of="verified")
speech.progress("waiting")
speech.say("it is refused: " + "word " * 30, of="refused")
print("followed", is_followed(None), is_followed(False))
"""
ASKED = """
from ivskit_cli.speech import confirm
from ivskit_local.errors import NotDone
try:
    confirm("Do it?", yes=False)
    print("it is done")
except NotDone as error:
    print(error)
"""


def test_a_terminal_gets_colours_and_progress() -> None:
    shown = in_terminal(program=SAID)

    assert f"{CLEAR}waiting{CLEAR}{GREEN}it is verified" in shown
    assert f"{RED}it is refused: " in shown
    assert "waiting" not in "".join(rows(shown))
    # The terminal wraps it: a command in it can be copied.
    assert "it is refused: " + "word " * 30 in shown
    assert "followed True False" in shown


def test_a_pipe_gets_the_sentences_alone() -> None:
    done = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[:2] == ["Sent it.", "it is verified"]
    assert done.stdout.splitlines()[-1] == "followed False False"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("typed", "answer"), [("y\n", "it is done"), ("n\n", "nothing was sent"), ("\n", "nothing")]
)
def test_a_person_answers(typed: str, answer: str) -> None:
    shown = in_terminal(program=ASKED, typed=typed)

    assert "Do it? [y/N] " in shown
    assert answer in shown


def test_nobody_is_asked_who_has_said_yes(capsys: pytest.CaptureFixture[str]) -> None:
    confirm("Do it?", yes=True)
    with pytest.raises(WrongUsage, match=r"Do it\? Nobody can be asked here: --yes does it"):
        confirm("Do it?", yes=False)

    Speech(is_silent=True).say("nothing")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("is_terminal", "follows"), [(True, True), (False, False)])
def test_a_command_is_followed_where_a_person_looks_on(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, follows: bool
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal)

    speech = Speech()
    speech.progress("waiting")
    speech.say("a sentence", of="done")
    assert is_followed(None) is follows
    monkeypatch.setattr("ivskit_cli.speech.is_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: "no")
    with pytest.raises(NotDone):
        confirm("Do it?", yes=False)
