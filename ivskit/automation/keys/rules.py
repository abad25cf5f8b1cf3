"""Whether a stream key is too old, in order, to be delivered, or not created by ivskit.

Pure rules, for the decisions of rotate_stream_key and of the sweep, and for `rotation`.
"""

from datetime import datetime, timedelta

from ivskit.automation.records import Key, Remembered
from ivskit.policy import Adopt, Policy
from ivskit.policy.values import Rotate


def is_too_old(key: Key | None, key_arn: str | None, rotate: Rotate, *, now: datetime) -> bool:
    """Whether the channel's key has reached the age at which the policy replaces it.

    key: the one remembered; key_arn: the one that the channel has. The age of a key that ivskit
    does not know yet counts from when ivskit first sees it.
    """
    if not isinstance(rotate, timedelta) or key is None or key.arn != key_arn:
        return False
    return now - key.made_at >= rotate


def is_to_deliver(key: Key | None, adopt: Adopt) -> bool:
    """Whether the store gets the channel's keys: it got the last, or `keys.adopt` is deliver."""
    return adopt == "deliver" or (key is not None and key.delivered)


def is_refused_by_store(key: Key | None) -> bool:
    """Whether the store has refused the key, which is offered again later."""
    return key is not None and key.refused_at is not None


def is_left_alone(remembered: Remembered, key_arn: str | None, adopt: Adopt) -> bool:
    """Whether ivskit did not create the channel's key, and `keys.adopt` is leave."""
    return adopt == "leave" and key_arn is not None and not remembered.made(key_arn)


def matters_unknown(policy: Policy, adopt: Adopt) -> bool:
    """Whether a key that ivskit did not create and does not remember is any of its business.

    It is where its age counts, or the store is to get it.
    """
    ages = isinstance(policy.rotate, timedelta)
    return adopt == "deliver" or (adopt == "remember" and ages)


def is_in_order(
    key: Key | None, key_arn: str | None, policy: Policy, *, is_stored: bool, adopt: Adopt
) -> bool:
    """Whether memory, channel and store agree about the key; is_stored: the one remembered."""
    if key is None:
        return key_arn is None or not matters_unknown(policy, adopt)
    if key_arn is None:
        return not key.delivered
    return key.arn == key_arn and (is_stored or not is_to_deliver(key, adopt))
