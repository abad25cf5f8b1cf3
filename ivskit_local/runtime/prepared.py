"""Accounts with a deployment in them: a further world begins with a copy of one.

To put the templates into moto takes hundreds of calls, and gives the same state each time.
"""

import copyreg
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from threading import Condition, RLock
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.ssm.models import ParameterDict

from ivs_emulator.models import ivs_backends
from ivskit_local.runtime.permissions import Place
from ivskit_local.runtime.resources.kind import Deployed
from ivskit_local.runtime.synth import Templates

_KEPT = 8


@dataclass(frozen=True)
class _Prepared:
    """What a deployment made, at a certain time; nobody changes it."""

    # Held, so that no other templates get their id().
    templates: Templates
    services: Sequence[BackendDict[Any]]
    # What was deployed, and the backends of each service by region.
    state: tuple[Deployed, Sequence[Mapping[str, BaseBackend]]]


class PreparedAccounts:
    """The last few deployments that were put into moto in this process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, Place, datetime], _Prepared] = OrderedDict()

    def copy(self, templates: Templates, place: Place, at: datetime) -> Deployed | None:
        """Put a copy into moto, whose own state is empty; None if there is none to copy."""
        key = id(templates), place, at
        prepared = self._kept.get(key)
        if prepared is None:
            return None
        self._kept.move_to_end(key)
        deployed, states = deepcopy(prepared.state)
        for service, regions in zip(prepared.services, states, strict=True):
            service[place.account].update(regions)
        return deployed

    def keep(self, templates: Templates, place: Place, at: datetime, deployed: Deployed) -> None:
        """Keep a copy of what is in moto now."""
        services = [
            service
            for service in BackendDict._instances
            if place.account in service and service is not ivs_backends
        ]
        state = deployed, [dict(service[place.account]) for service in services]
        key = id(templates), place, at
        self._kept[key] = _Prepared(templates, services, deepcopy(state))
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)


def _parameters(parameters: ParameterDict) -> tuple[Any, ...]:
    """How to copy moto's own dictionary, which takes other arguments than the one it is one of."""
    made = ParameterDict, (parameters.account_id, parameters.region_name)
    return (*made, vars(parameters), None, iter(parameters.items()))


copyreg.pickle(ParameterDict, _parameters)  # type: ignore[arg-type]
# A copy is locked by nobody.
copyreg.pickle(type(RLock()), lambda _: (RLock, ()))
copyreg.pickle(Condition, lambda _: (Condition, ()))
