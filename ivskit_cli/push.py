"""`ivskit push`: insert timed metadata into live streams."""

from datetime import timedelta
from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import at_least_one, taken_by
from ivskit_cli.how import DEFAULT, Channels, How


def push(
    channels: Channels,
    /,
    *,
    metadata: Annotated[
        str, Parameter(name=["--metadata", "-m"], metavar="TEXT", help="1 to 1,024 bytes of UTF-8")
    ],
    expires_in: Annotated[
        int | None,
        Parameter(
            metavar="SECONDS",
            converter=taken_by(at_least_one),
            help="drop it when it could not be inserted by then",
        ),
    ] = None,
    how: How = DEFAULT,
) -> bool:
    """Insert timed metadata into live streams.

    Every player of the stream gets it with the frame that it was inserted at. Exit 0 done, 1 not
    done, 2 wrong usage.

    For example:
      ivskit push show --metadata '{"poll": 7}'
    """
    from ivskit.clock import now
    from ivskit.commands import PushMetadata
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.sending import issue, send

    found = find_all(channels, stage=how.stage)
    by = None if expires_in is None else now() + timedelta(seconds=expires_in)
    arns = [channel.arn for channel in found]
    command = issue(PushMetadata, how, channel_arns=arns, metadata=metadata, expires_at=by)
    return send(command, found, how)
