"""The errors that end a command or a replay."""


class NotDone(Exception):
    """The request was right and could not be carried out; the command exits with 1."""


class WrongUsage(Exception):
    """An argument, a file or a setting is wrong; the command exits with 2."""
