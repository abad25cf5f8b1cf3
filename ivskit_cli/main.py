"""The `ivskit` command: finds the commands, runs one, and turns errors into exit codes.

A command imports its heavy parts in its function: help must be there at once, the emulator within
a second, and what a replay needs takes longer than that to import.
"""

import gc
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from ivskit_local.errors import NotDone, WrongUsage

if TYPE_CHECKING:
    from cyclopts import App, CycloptsError

OK, FAILED, USAGE = 0, 1, 2
# What shells expect of a program that Ctrl-C ended, and of one whose reader has read enough.
INTERRUPTED, PIPE_CLOSED = 130, 141
# The packages of each extra that the command needs, by their import names.
CLI_EXTRA = {"cyclopts", "rich"}
LOCAL_EXTRA = {"h11", "joserfc", "moto", "starlette", "time_machine", "uvicorn"}
# In the order of the help. A command is a function of this name, in a module of its own.
COMMANDS = {
    "Act": (
        "stop",
        "block",
        "unblock",
        "rotate",
        "rotate-playback-key",
        "take-down",
        "restore",
        "restrict",
        "unrestrict",
        "revoke",
        "cancel",
        "push",
        "pause",
        "resume",
    ),
    "Look": ("channels", "why", "audit", "jobs", "recordings", "quotas", "dead-letters", "doctor"),
    "Develop": (
        "replay",
        "what-if",
        "hunt",
        "dev",
        "events",
        "rules",
        "check",
        "emulator",
        "conform",
    ),
}


def run() -> NoReturn:
    """The console script."""
    try:
        status = main(sys.argv[1:])
        # Python would walk all that is there once more, which takes longer than many a command.
        gc.freeze()
        raise SystemExit(status)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one has nothing to end
        print("ivskit: interrupted", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None


def main(argv: Sequence[str]) -> int:
    """Run the command: 0 done, 1 not done, a failure or a finding, 2 wrong usage."""
    try:
        succeeded = _dispatch(list(argv))
        print(end="", flush=True)
    except BrokenPipeError:
        # Nothing is written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except NotDone as error:
        return _say(str(error), FAILED)
    except WrongUsage as error:
        return _say(str(error), USAGE)
    except ModuleNotFoundError as missing:
        return _say(_what_to_install(missing), USAGE)
    return OK if succeeded else FAILED


def _say(sentence: str, code: int) -> int:
    print(f"ivskit: {sentence}", file=sys.stderr)
    return code


def _what_to_install(missing: ModuleNotFoundError) -> str:
    package = str(missing.name).partition(".")[0]
    if package not in CLI_EXTRA | LOCAL_EXTRA:
        raise missing
    extra = "cli" if package in CLI_EXTRA else "local"
    return f'{package} is not installed: pip install "ivskit[{extra}]"'


def _dispatch(argv: list[str]) -> bool:
    """Run one command; False is a failure that its output explains."""
    app = make_app()
    if argv in (["--help"], ["-h"]):
        # Else the list would lack what they do.
        app.resolved_commands()
    if not argv:
        raise WrongUsage("which command? See ivskit --help")
    from cyclopts import CycloptsError

    try:
        done: object = app(argv)
    except CycloptsError as error:
        raise WrongUsage(_in_a_line(error)) from error
    # Help, for one, returns nothing.
    return done is not False


def _in_a_line(error: "CycloptsError") -> str:
    """What is wrong, and where to read how it is right."""
    chain = " ".join(["ivskit", *(error.command_chain or ()), "--help"])
    said = " ".join(str(error).split())
    return f"{said}{'' if said.endswith(('.', '?')) else '.'} See {chain}"


def make_app() -> "App":
    """The command line, without the modules of its commands."""
    # What is imported here stays, and looking through it for garbage takes time.
    gc.disable()
    try:
        return _made()
    finally:
        gc.enable()


def _made() -> "App":
    from cyclopts import App, Group, Parameter

    from ivskit_cli.help_page import HelpPage

    how: dict[str, Any] = {"help_format": "plaintext", "help_formatter": HelpPage()}
    app = App(
        name="ivskit",
        help="Automation for Amazon IVS. `ivskit COMMAND --help` shows how, with an example.",
        version=_version,
        default_parameter=Parameter(negative=(), show_default=_is_worth_showing),
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
        verbose=False,
        group_parameters="Options",
        **how,
    )
    for number, (title, commands) in enumerate(COMMANDS.items()):
        group = Group(title, sort_key=number)
        for place, name in enumerate(commands):
            module = name.replace("-", "_")
            app.command(f"ivskit_cli.{module}:{module}", name=name, group=group, sort_key=place)
    app.command("ivskit_cli.completion:install", name="--install-completion", group="Options")
    app["--help"].help, app["--version"].help = (
        "Print this and exit.",
        "Print the version and exit.",
    )
    for flag in ("--help", "--version"):
        app[flag].group = ("Options",)
    return app


def _is_worth_showing(default: object) -> str | None:
    return None if default in (None, False, (), "") else str(default)


def _version() -> str:
    """Read only when it is asked for."""
    from importlib.metadata import version

    return f"ivskit {version('ivskit')}"
