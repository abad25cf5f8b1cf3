"""ListServiceQuotas for IVS, from the limits that the emulator keeps; moto has none."""

from collections.abc import Callable

from ivs_emulator import IVSBackend
from ivskit.quota_use import CHANNELS, RECORDINGS, STREAMS, VIEWS
from ivskit_local.runtime.calls import Caller, Request
from ivskit_local.runtime.gate import Proceed, Response


class ServiceQuotas:
    """The operation, in one world; what asks for another service goes to moto."""

    def __init__(self, backend: Callable[[], IVSBackend]) -> None:
        self._backend = backend

    def __call__(self, request: Request, caller: Caller | None, proceed: Proceed) -> Response:
        """Answer a request about IVS, in one page."""
        if request.parameters["ServiceCode"] != "ivs":
            return proceed(request.parameters)
        request.validate()
        limits = self._backend().limits
        known = (
            (CHANNELS, limits.channels),
            (STREAMS, limits.concurrent_streams),
            (VIEWS, limits.concurrent_views),
            (RECORDINGS, limits.recording_configurations),
        )
        found = [
            {"ServiceCode": "ivs", "QuotaCode": quota.code, "QuotaName": quota.name, "Value": value}
            for quota, value in known
        ]
        status = {"HTTPStatusCode": 200, "RetryAttempts": 0}
        return {"Quotas": found, "ResponseMetadata": status}
