"""`ivskit why`: explain in five sentences how a channel came to stand as it does."""

import json as json_format

from ivskit_cli.arguments import Json, Stage
from ivskit_cli.how import OneChannel
from ivskit_cli.project import stage_of


def why(channel: OneChannel, /, *, stage: Stage = None, json: Json = False) -> None:
    """Explain in five sentences how a channel stands, who or what did it, and what comes next.

    Says whether it is live, how the last session ended, what holds it up, how old its key is, and
    what is due; with the ids that `ivskit audit` takes, and never a key. Needs what
    `ivskit channels` needs, and ivs:GetChannel, ivs:GetStream and ivs:ListStreamSessions.

    For example:
      ivskit why show
    """
    from ivskit_cli.channel_names import find_all
    from ivskit_cli.channel_states import ChannelStates
    from ivskit_cli.deployed import client_of, is_deployed, one_line_errors
    from ivskit_cli.explanation import explained

    name = stage_of(stage)
    [found] = find_all([channel], stage=stage)
    with one_line_errors(f"parameter /ivskit/{name}/memory", question=is_deployed(name)):
        states = ChannelStates(name)
        state, pause = states.of(found), states.pause
        listed = client_of("ivs").list_stream_sessions(channelArn=found.arn, maxResults=10)
    sentences = list(explained(state, listed["streamSessions"], pause=pause))
    if json:
        print(json_format.dumps({**state.as_document(), "sentences": sentences}, indent=2))
    else:
        print("\n".join(sentences))
