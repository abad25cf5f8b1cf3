"""What is wrong about how, where or on what the `ivskit` command was called."""


class WrongUsage(Exception):
    """Told to the user in one line; the command ends with 2."""
