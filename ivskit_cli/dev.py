"""`ivskit dev`: a stage on this machine, with a page."""

from typing import Annotated

from cyclopts import Parameter

from ivskit_cli import arguments
from ivskit_cli.arguments import ForwardTo, Settings, settings_of, taken_by
from ivskit_cli.project import project_or_own


def dev(
    *,
    port: Annotated[
        int,
        Parameter(metavar="N", converter=taken_by(arguments.port), help="0 is any that is free"),
    ] = 4570,
    speed: Annotated[
        float,
        Parameter(
            metavar="N",
            converter=taken_by(arguments.speed),
            help="how many seconds of the stage pass in one of yours",
        ),
    ] = 1,
    paused: Annotated[bool, Parameter(help="begin with the time standing still")] = False,
    seed: Annotated[
        int, Parameter(metavar="N", help="determines ids, keys and the order of concurrent work")
    ] = 0,
    open_page: Annotated[bool, Parameter(name="--open", help="open the page in a browser")] = False,
    forward_to: ForwardTo = None,
    settings: Settings = (),
) -> None:
    """Run the whole deployment on this machine, with a page to look at and act on.

    One address answers for every SDK: AWS_ENDPOINT_URL points a backend in any language to it.
    Encoders, viewers and people act on the page. Time follows the clock, or faster, or as you say.
    It listens on this machine only, needs no AWS account, and ends with Ctrl-C.

    For example:
      ivskit dev --speed 10 --set policy.grace=10s
    """
    from ivskit_local.dev.service import run

    run(
        project_or_own(),
        port=port,
        speed=speed,
        paused=paused,
        seed=seed,
        opens=open_page,
        forward_to=forward_to,
        settings=[*settings_of(settings)],
    )
