"""What the stack tells this function."""

from ivskit.automation.environment import ChannelEnvironment


class Environment(ChannelEnvironment):
    """Nothing beyond what every function is told that acts on one channel at a time."""
