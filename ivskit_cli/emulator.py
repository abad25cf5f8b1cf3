"""`ivskit emulator`: serve the emulator of IVS over HTTP."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ivskit_cli import arguments
from ivskit_cli.arguments import ForwardTo, taken_by
from ivskit_local.errors import WrongUsage


def emulator(
    *,
    host: Annotated[
        str,
        Parameter(
            converter=taken_by(arguments.host), help="where to listen; this machine only unless set"
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        Parameter(metavar="N", converter=taken_by(arguments.port), help="0 is any that is free"),
    ] = 4567,
    throttling: Annotated[
        Literal["token-bucket", "sliding-window", "off"],
        Parameter(help="how the published quotas are enforced:"),
    ] = "token-bucket",
    reading: arguments.Reading = "strict",
    seed: Annotated[
        int | None,
        Parameter(metavar="N", help="make the same ids and keys each time (default: random ones)"),
    ] = None,
    forward_to: ForwardTo = None,
    events_to: Annotated[
        str | None,
        Parameter(
            metavar="ENDPOINT",
            converter=taken_by(arguments.http_url),
            help="put events on the default bus of MiniStack, moto or LocalStack there",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        Parameter(
            metavar="FILE",
            help="keep the state in this file over a restart; it has stream keys, so mode 0600",
        ),
    ] = None,
) -> None:
    """Serve the emulator of IVS to any SDK.

    Serves the emulator of Amazon IVS over HTTP to the SDK of any language, until Ctrl-C. What the
    cloud has no API for is under /_ivs/: encoders, faults, the clock, the events sent so far.

    For example:
      ivskit emulator --port 4567 --throttling off
    """
    from ivs_emulator.data_file import DataFileRefused
    from ivs_emulator.server import serve

    try:
        serve(
            host,
            port,
            throttling=None if throttling == "off" else throttling,
            reading=reading,
            seed=seed,
            forward_to=forward_to,
            events_to=events_to,
            data=data,
        )
    except DataFileRefused as refused:
        raise WrongUsage(str(refused)) from refused
    except OSError as error:
        raise WrongUsage(f"{host}:{port}: {error.strerror}") from error
