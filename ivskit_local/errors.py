"""How a command or a replay ends that cannot do what it was asked to."""


class NotDone(Exception):
    """The request was right and could not be carried out; the command exits with 1."""


class WrongUsage(Exception):
    """An argument, a file or a setting is wrong; the command exits with 2."""
