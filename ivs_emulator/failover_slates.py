"""Failover slate configurations: what viewers see while the encoder is away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ivskit import quotas

from .agenda import step
from .errors import ConflictException
from .paging import PageRequest, page
from .resources import Resource, find, refuse_beyond, refuse_while_attached

if TYPE_CHECKING:
    from .models import IVSBackend


@dataclass(frozen=True, kw_only=True)
class FailoverSlateConfiguration(Resource):
    name: str = ""
    activation_threshold_seconds: int = 3
    min_slate_display_seconds: int = 3
    max_slate_display_seconds: int = 60
    state: str = "CREATING"


def create_failover_slate_configuration(
    ivs: IVSBackend, *, tags: dict[str, str] | None = None, **settings: Any
) -> dict[str, object]:
    there_are = len(ivs.failover_slates)
    limit = quotas.FAILOVER_SLATE_CONFIGURATIONS
    refuse_beyond(limit, there_are, "Failover slate configurations")
    arn = ivs.identifiers.arn("failover-slate-configuration")
    return _keep(ivs, FailoverSlateConfiguration(arn=arn, tags=tags or {}, **settings))


def get_failover_slate_configuration(ivs: IVSBackend, *, arn: str) -> dict[str, object]:
    return {"failoverSlateConfiguration": find(ivs.failover_slates, arn)}


def update_failover_slate_configuration(
    ivs: IVSBackend, *, arn: str, **settings: Any
) -> dict[str, object]:
    return _keep(ivs, replace(_at_rest(ivs, arn), state="UPDATING", **settings))


def delete_failover_slate_configuration(ivs: IVSBackend, *, arn: str) -> None:
    _at_rest(ivs, arn)
    refuse_while_attached(ivs, arn, "failover_slate_configuration_arn")
    del ivs.failover_slates[arn]


def list_failover_slate_configurations(
    ivs: IVSBackend,
    *,
    max_results: int = quotas.FAILOVER_SLATE_CONFIGURATIONS,
    next_token: str | None = None,
) -> dict[str, object]:
    request = PageRequest(max_results, next_token, "ListFailoverSlateConfigurations")
    here, token = page(ivs.failover_slates.values(), lambda slate: slate.arn, request)
    return {"failoverSlateConfigurations": here, "nextToken": token}


def _keep(ivs: IVSBackend, slate: FailoverSlateConfiguration) -> dict[str, object]:
    ivs.failover_slates[slate.arn] = slate
    due = ivs.now() + ivs.timing.to_create_configuration
    ivs.agenda.add(due, partial(_finish, ivs, slate.arn), slate.arn)
    return {"failoverSlateConfiguration": slate}


@step
def _finish(ivs: IVSBackend, arn: str, _: datetime) -> None:
    ivs.failover_slates[arn] = replace(ivs.failover_slates[arn], state="CREATED")


def _at_rest(ivs: IVSBackend, arn: str) -> FailoverSlateConfiguration:
    slate = find(ivs.failover_slates, arn)
    if slate.state in ("CREATING", "UPDATING"):
        raise ConflictException(f"Resource: {arn} is {slate.state}")
    return slate
