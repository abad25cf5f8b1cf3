"""`ivskit emulator`: serve the emulator of IVS over HTTP."""

import argparse

from ivskit_cli.arguments import host, port
from ivskit_local.errors import WrongUsage

HELP = "serve the emulator of IVS to any SDK"
DESCRIPTION = (
    "Serve the emulator of Amazon IVS over HTTP to the SDK of any language, until Ctrl-C. What the"
    " cloud has no API for is under /_ivs/: encoders, faults, the clock, the events sent so far."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where to listen, and how the emulator behaves."""
    parser.add_argument(
        "--host",
        type=host,
        default="127.0.0.1",
        help="where to listen (default: this machine only)",
    )
    parser.add_argument(
        "--port", type=port, default=4567, help="0 is any that is free (default: 4567)"
    )
    parser.add_argument(
        "--throttling",
        choices=["token-bucket", "sliding-window", "off"],
        default="token-bucket",
        help="how the published quotas are enforced (default: token-bucket)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="make the same ids and keys each time (default: random ones)",
    )


def act(arguments: argparse.Namespace) -> bool:
    """Serve until Ctrl-C."""
    from ivs_emulator.server import serve

    throttling = None if arguments.throttling == "off" else arguments.throttling
    try:
        serve(arguments.host, arguments.port, throttling=throttling, seed=arguments.seed)
    except OSError as error:
        raise WrongUsage(f"{arguments.host}:{arguments.port}: {error.strerror}") from error
    return True
