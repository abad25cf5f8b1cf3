"""The emulator's API, asked without HTTP."""

from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel

from ivs_emulator.api import call, refusal
from ivs_emulator.callers import Caller
from ivs_emulator.errors import ApiError
from ivskit_local.runtime.direct.answers import Answer, parsed, succeeded
from ivskit_local.runtime.permissions import Place


def answer(place: Place, operation: OperationModel, parameters: Mapping[str, Any]) -> Answer:
    """IVS's answer; raises what a fault that loses the answer raises."""
    caller = Caller(place.account, place.region)
    try:
        return succeeded(operation, call(caller, operation.name, parameters))
    except ApiError as error:
        refused = refusal(error)
    return parsed(operation, refused.status, refused.headers, refused.body)
