"""`ivskit --install-completion`: complete commands and options with the Tab key."""

from typing import Annotated, Literal

from cyclopts import Parameter

Shell = Literal["bash", "zsh", "fish", "powershell"]


def install(
    *, shell: Annotated[Shell | None, Parameter(help="for which (default: this one)")] = None
) -> None:
    """Complete commands and options with the Tab key, from the next shell on.

    Writes a script for your shell, and for bash and zsh a line that loads it in their start file.

    For example:
      ivskit --install-completion
      ivskit --install-completion --shell zsh
    """
    from cyclopts.completion.detect import ShellDetectionError

    from ivskit_cli.main import make_app
    from ivskit_local.errors import WrongUsage

    try:
        path = make_app().install_completion(shell=shell)
    except ShellDetectionError as error:
        raise WrongUsage("which shell is this? Name it with --shell") from error
    print(f"Completion is in {path}. It works in a new shell.")
