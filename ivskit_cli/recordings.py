"""`ivskit recordings`: the recordings of a channel, as the stage has indexed them."""

import json as json_format
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ivskit_cli.arguments import Json, Stage, moment_of
from ivskit_cli.how import OneChannel
from ivskit_cli.project import stage_of

if TYPE_CHECKING:
    from ivskit.recordings.records import Recording

_HEADS = ("BEGAN", "STATUS", "LASTS", "STREAMS", "QUALITIES", "WHERE")


def recordings(
    channel: OneChannel,
    /,
    *,
    since: Annotated[str, Parameter(metavar="AGE", help="how far back, such as 12h")] = "30d",
    stage: Stage = None,
    json: Json = False,
) -> None:
    """Show where the recordings of a channel are, newest first.

    WHERE is the URL of the main playlist, or why there is none. Needs recordings.index in the
    settings of the stage, and ssm:GetParameter and dynamodb:Query; to find the channel also
    ivs:GetChannel and ivs:ListChannels.

    For example:
      ivskit recordings show --since 7d
      ivskit recordings show --json
    """
    from ivskit import names
    from ivskit.recordings.table import RecordingTable
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.deployed import client_of, is_deployed, one_line_errors

    begin, name = moment_of(since), stage_of(stage)
    [found] = find_all([channel], stage=stage)
    address = names.recordings_parameter(name)
    question = is_deployed(name, with_what=", and with recordings.index")
    with one_line_errors(f"parameter {address}", question=question):
        table = client_of("ssm").get_parameter(Name=address)["Parameter"]["Value"]
        listed = list(RecordingTable(client_of("dynamodb"), table=table).of_channel(found.arn))
    wanted = [each for each in listed if (each.started_at or each.noted_at) >= begin]
    if json:
        documents = [each.model_dump(mode="json", exclude_none=True) for each in wanted]
        print(json_format.dumps(documents, indent=2))
    elif wanted:
        from ivskit_cli.tables import print_table

        print_table(_HEADS, [list(_row(each)) for each in wanted], right=_HEADS[2:5])
    else:
        print(f"{found} has no recordings since {begin:%Y-%m-%d %H:%M} UTC.")


def _row(recording: "Recording") -> Iterator[str]:
    yield f"{recording.started_at or recording.noted_at:%Y-%m-%d %H:%M:%S}"
    yield f"{recording.status}{', taken down' if recording.taken_down_by else ''}"
    lasts = recording.duration_ms
    yield "-" if lasts is None else str(timedelta(seconds=round(lasts / 1000)))
    yield str(len(recording.stream_ids))
    yield ", ".join(f"{each.height}p" for each in recording.renditions if each.height) or "-"
    yield (
        recording.playback_url or recording.failure or f"s3://{recording.bucket}/{recording.prefix}"
    )
