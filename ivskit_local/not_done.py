"""What the `ivskit` command could not do, though it was asked well."""


class NotDone(Exception):
    """Told to the user in one line; the command ends with 1."""
