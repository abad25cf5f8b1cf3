"""The `ivskit` command: finds the commands, runs one, and turns errors into exit codes.

A command imports its heavy parts in `act`: the emulator must be ready within a second, and what a
replay needs takes longer than that to import.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn, Protocol

from ivskit_cli import audit, check, doctor, emulator, jobs, pause, replay, resume
from ivskit_local.errors import NotDone, WrongUsage

OK, FAILED, USAGE = 0, 1, 2
# What shells expect of a program that Ctrl-C ended.
INTERRUPTED = 130
# The packages of the extra, by their import names.
LOCAL_EXTRA = {"h11", "joserfc", "moto", "rich", "time_machine"}


class Command(Protocol):
    """A module of this package; its name is that of the command."""

    __name__: str
    HELP: str
    DESCRIPTION: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments to its parser."""

    def act(self, arguments: argparse.Namespace) -> bool:
        """Run the command; False is a failure that its output explains."""


COMMANDS: tuple[Command, ...] = (replay, check, emulator, audit, jobs, doctor, pause, resume)


def run() -> NoReturn:
    """The console script."""
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("ivskit: interrupted", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None


def main(argv: Sequence[str]) -> int:
    """Run the command: 0 success, 1 a failure or a broken invariant, 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    act: Callable[[argparse.Namespace], bool] = arguments.act
    try:
        succeeded = act(arguments)
        print(end="", flush=True)
    except BrokenPipeError:
        # The reader, such as `head`, has read enough; nothing is written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (NotDone, WrongUsage) as error:
        print(f"ivskit: {error}", file=sys.stderr)
        return FAILED if isinstance(error, NotDone) else USAGE
    except ModuleNotFoundError as missing:
        package = str(missing.name).partition(".")[0]
        if package not in LOCAL_EXTRA:
            raise
        print(f'ivskit: {package} is not installed: pip install "ivskit[local]"', file=sys.stderr)
        return USAGE
    return OK if succeeded else FAILED


class _Version(argparse.Action):
    """Reads the version of the installed package only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"ivskit {version('ivskit')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ivskit", description="Automation for Amazon IVS.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        added = commands.add_parser(
            _name(command), help=command.HELP, description=command.DESCRIPTION
        )
        command.add_arguments(added)
        added.set_defaults(act=command.act)
    return parser


def _name(command: Command) -> str:
    return command.__name__.rpartition(".")[2].replace("_", "-")
