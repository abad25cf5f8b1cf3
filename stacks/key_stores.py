"""Permissions on the store that stream keys are delivered to, and on the keys themselves."""

from collections.abc import Mapping

from ivskit import names

from .event_function import EventFunction
from .shared import RANDOM_IDS, Shared

# The actions of each store that deliver keys, and those that look whether a key is there.
WRITE_KEYS = {
    "secretsmanager": [
        "DescribeSecret",
        "CreateSecret",
        "DeleteSecret",
        "PutSecretValue",
        "TagResource",
    ],
    "ssm": ["GetParameter", "PutParameter", "DeleteParameter", "AddTagsToResource"],
}
# Moves a secret to the customer's key.
MOVE_KEYS = {"secretsmanager": ["UpdateSecret"], "ssm": []}
READ_KEYS = {"secretsmanager": ["DescribeSecret"], "ssm": ["GetParameter"]}


def allow_changing_keys(shared: Shared, function: EventFunction) -> None:
    """Permit the function to replace stream keys, and to deliver them to the store."""
    function.allow(
        "ivs:ListStreamKeys",
        "ivs:GetStreamKey",
        "ivs:DeleteStreamKey",
        "ivs:CreateStreamKey",
        "ivs:TagResource",
        on=shared.stream_keys,
        because=RANDOM_IDS,
    )
    _allow_store(shared, function, WRITE_KEYS)
    set_key_settings(shared, function)
    if shared.key is not None:
        _allow_store(shared, function, MOVE_KEYS)
        function.set_variable("IVSKIT_CUSTOMER_KEY", shared.key.arn)


def allow_checking_stored_keys(shared: Shared, function: EventFunction) -> None:
    """Permit the function to look which keys the store holds."""
    set_key_settings(shared, function)
    _allow_store(shared, function, READ_KEYS)
    match shared.settings.keys.store:
        case "secretsmanager":
            why = "Secrets Manager grants a list of all secrets or of none; it holds no values."
            function.allow("secretsmanager:ListSecrets", on="*", because=why)
        case "ssm":
            path = names.key_parameter_prefix(shared.settings.stage).rstrip("/")
            function.allow("ssm:GetParametersByPath", on=shared.arn("ssm", f"parameter{path}"))


def set_key_settings(shared: Shared, function: EventFunction) -> None:
    """Give the function the settings about keys."""
    function.set_variable("IVSKIT_KEYS", shared.settings.keys.model_dump_json())


def _allow_store(
    shared: Shared, function: EventFunction, by_store: Mapping[str, list[str]]
) -> None:
    """Permit these actions on the copies of keys, where the settings name a store."""
    stage, store = shared.settings.stage, shared.settings.keys.store
    copies = {
        "secretsmanager": f"secret:{names.secret_prefix(stage)}*",
        "ssm": f"parameter{names.key_parameter_prefix(stage)}*",
    }
    if by_store.get(store):
        function.allow(
            *(f"{store}:{action}" for action in by_store[store]),
            on=shared.arn(store, copies[store]),
            because="Every channel has a copy of its own, named after the channel.",
        )
