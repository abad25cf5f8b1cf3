"""Environment variables as the stack gives them to a function."""

from ivskit.policy import PolicySettings


def every_function(name: str, *, queue_url: str = "https://sqs/work") -> dict[str, str]:
    """The environment variables of every function."""
    return {
        "POWERTOOLS_SERVICE_NAME": name,
        "IVSKIT_STAGE": "dev",
        "IVSKIT_BUS": "ivskit-dev",
        "IVSKIT_QUEUE_URL": queue_url,
        "IVSKIT_POLICY": PolicySettings(mode="enforce").model_dump_json(),
        "IVSKIT_COMMAND_CHANNELS": "all",
    }
