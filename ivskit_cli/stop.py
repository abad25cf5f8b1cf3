"""`ivskit stop`: end a stream, so that it stays ended."""

from typing import Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import one_of
from ivskit_cli.how import DEFAULT, Channels, How


def stop(
    channels: Channels,
    /,
    *,
    block: Annotated[bool, Parameter(help="keep the channel down until it is unblocked")] = False,
    rotate: Annotated[
        bool, Parameter(help="replace the key, whatever the channel's policy says")
    ] = False,
    kick: Annotated[bool, Parameter(help="let the encoder reconnect with the same key")] = False,
    session: Annotated[
        str | None, Parameter(metavar="ID", help="only this session, st-...; none that is newer")
    ] = None,
    how: How = DEFAULT,
) -> bool:
    """Stop a stream now, so that its encoder stays out.

    Deletes the stream key, cuts the stream and looks again half a minute later. The channel need
    not be managed. Needs ivs:ListChannels, ivs:GetChannel, ssm:GetParameter, events:PutEvents and,
    to wait, logs:FilterLogEvents. Exit 0 done, 1 not done, 2 wrong usage.

    For example:
      ivskit stop show
      ivskit stop show --block --reason "breaks our rules"
      ivskit stop https://a1b2c3d4e5f6.us-west-2.playback.live-video.net/api/video/v1/us-west-2.123456789012.channel.AbCdef1G2hij.m3u8
    """
    from ivskit.commands import StopStream
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.sending import about, issue, send

    one_of(block=block, rotate=rotate, kick=kick)
    found = find_all(channels, stage=how.stage)
    then = "block" if block else "rotate" if rotate else "kick" if kick else "auto"
    command = issue(StopStream, how, **about(found), then=then, stream_id=session)
    return send(command, found, how)
