"""The function's environment variables."""

from ivskit.automation.environment import ChannelEnvironment


class Environment(ChannelEnvironment):
    """The variables of a function that acts on one channel at a time, and no others."""
