"""The function's environment variables."""

from ivskit.automation.environment import ChannelEnvironment


class Environment(ChannelEnvironment):
    """Nothing beyond what every function gets that acts on one channel at a time."""
