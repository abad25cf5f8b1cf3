"""`ivskit resume`: end a pause."""

from ivskit_cli.arguments import Stage
from ivskit_cli.project import stage_of


def resume(*, stage: Stage = None) -> None:
    """Let a paused stage act again.

    Account, region and credentials come from the usual AWS environment.

    For example:
      ivskit resume --stage prod
    """
    from ivskit_cli import pausing

    print(pausing.resume(stage_of(stage)))
