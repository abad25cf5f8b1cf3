"""Roles of the template: who may do what, and how AWS words its refusals."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NoReturn

from botocore.client import BaseClient
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

import ivs_emulator
from ivskit_local.runtime.calls import client_error
from ivskit_local.runtime.encryption import Encryption
from ivskit_local.runtime.iam_policies import AccessRequest, Effect, Policy
from ivskit_local.runtime.permission_table import needed
from ivskit_local.runtime.permissions import Permission, Place

# Services whose refusal is not AccessDeniedException with status 400.
_REFUSALS: Mapping[str, tuple[str, int]] = {
    "cloudwatch": ("AccessDenied", 403),
    "ivs": ("AccessDeniedException", 403),
    "s3": ("AccessDenied", 403),
    "scheduler": ("AccessDeniedException", 403),
    "sns": ("AuthorizationError", 403),
    "sqs": ("AccessDenied", 403),
    "sts": ("AccessDenied", 403),
}


class Roles:
    """The roles that are in moto's IAM, and the policies of the resources they use."""

    def __init__(self, place: Place) -> None:
        self.encryption = Encryption(place)
        self._place = place
        self._effects: dict[tuple[Any, ...], Effect | None] = {}

    @property
    def _iam(self) -> Any:
        return iam_backends[self._place.account]["aws"]

    def check(
        self, role: str, session: str, client: BaseClient, operation: str, parameters: Any
    ) -> None:
        """Raise the service's own refusal if the role may not do this."""
        service = client.meta.service_model.service_name
        for permission in self._all_needed(service, operation, parameters):
            if (effect := self._effect(role, permission)) != "Allow":
                who = f"arn:aws:sts::{self._place.account}:assumed-role/{role}/{session}"
                _refuse(client, operation, f"User: {who}", permission, effect)

    def _all_needed(self, service: str, operation: str, parameters: Any) -> Iterator[Permission]:
        for permission in needed(service, operation, self._place, parameters):
            yield permission
            yield from self.encryption.needed(permission, parameters)

    def service_may(self, service: str, permission: Permission, *, source_arn: str) -> bool:
        """Whether the resource's own policy lets an AWS service in, on behalf of a resource.

        So must the policy of the key that the resource is encrypted with.
        """
        request = self._request(
            permission,
            {service},
            {
                "aws:principalisawsservice": ["true"],
                "aws:principalservicename": [service],
                "aws:sourcearn": [source_arn],
                "aws:sourceaccount": [self._place.account],
            },
        )
        policy = self._resource_policy(permission.resource)
        admitted = policy is not None and policy.effect(request) == "Allow"
        return admitted and self.encryption.admits(service, permission)

    def role_may(
        self, role_arn: str, service: str, permission: Permission, *, source_arn: str
    ) -> bool:
        """Whether a service may take a role, and do this with it."""
        role = role_arn.rpartition("/")[2]
        if all(role != one.name for one in self._iam.get_roles()):
            return False
        taking = self._request(
            Permission("sts:AssumeRole", role_arn),
            {service},
            {"aws:sourceaccount": [self._place.account], "aws:sourcearn": [source_arn]},
        )
        wanted = [permission, *self.encryption.needed(permission, {})]
        return self._trust(role).effect(taking) == "Allow" and all(
            self._effect(role, each) == "Allow" for each in wanted
        )

    def _effect(self, role: str, permission: Permission) -> Effect | None:
        role_arn = f"arn:aws:iam::{self._place.account}:role/{role}"
        who = {role_arn, self._place.account, f"arn:aws:iam::{self._place.account}:root"}
        known = {"aws:principalarn": [role_arn], **self._tags_of(permission.resource)}
        texts = (*self._identity_policies(role), *self._policies_of(permission.resource))
        # Nearly all calls are like an earlier one: the same role, to the same resource.
        asked = role, permission.action, permission.resource, repr(permission.context), repr(known)
        key = (*asked, texts)
        if key not in self._effects:
            request = self._request(permission, who, known)
            self._effects[key] = _together({_parsed(text).effect(request) for text in texts})
        return self._effects[key]

    def _tags_of(self, arn: str) -> Mapping[str, Sequence[str]]:
        """The tags of what exists in IVS; what other services hold counts as untagged."""
        ivs = ivs_emulator.backend(self._place.account, self._place.region)
        resource = ivs.shelf(arn).get(arn)
        tags = resource.tags if resource else {}
        return {f"aws:resourcetag/{name}": [value] for name, value in tags.items()}

    def _request(
        self,
        permission: Permission,
        principals: set[str],
        context: Mapping[str, Sequence[str]],
    ) -> AccessRequest:
        always = {
            "aws:principalaccount": [self._place.account],
            "aws:resourceaccount": [self._place.account],
            "aws:requestedregion": [self._place.region],
            "aws:securetransport": ["true"],
        }
        return AccessRequest(
            permission.action,
            permission.resource,
            frozenset(principals),
            always | dict(context) | dict(permission.context),
        )

    def _identity_policies(self, name: str) -> Sequence[str]:
        policies: Mapping[str, str] = self._iam.get_role(name).policies
        return list(policies.values())

    def _trust(self, name: str) -> Policy:
        role = self._iam.get_role(name)
        return _parsed(role.assume_role_policy_document)

    def _resource_policy(self, arn: str) -> Policy | None:
        statements = [one for text in self._policies_of(arn) for one in _parsed(text).statements]
        return Policy(tuple(statements)) if statements else None

    def _policies_of(self, arn: str) -> Sequence[str]:
        """A cheap look into moto for those resources whose policies matter here."""
        account, region, name = self._place.account, self._place.region, arn.rpartition(":")[2]
        holders: Sequence[Any] = ()
        match arn.split(":")[2:3]:
            case ["sqs"]:
                holders = [sqs_backends[account][region].queues.get(name)]
            case ["events"]:
                buses = events_backends[account][region].event_buses
                holders = [buses.get(name.rpartition("/")[2])]
            case ["sns"]:
                holders = [sns_backends[account][region].topics.get(arn)]
            case ["logs"]:
                # These belong to the account, and name the log groups that they are about.
                policies = logs_backends[account][region].resource_policies.values()
                return [policy.policy_document for policy in policies]
        texts = (holder.policy for holder in holders if holder is not None)
        return [text for text in texts if text]


def _together(effects: set[Effect | None]) -> Effect | None:
    if "Deny" in effects:
        return "Deny"
    return "Allow" if "Allow" in effects else None


@cache
def _parsed(text: str) -> Policy:
    return Policy.parse(text)


def _refuse(
    client: BaseClient, operation: str, who: str, permission: Permission, effect: Effect | None
) -> NoReturn:
    why = (
        "with an explicit deny in a policy"
        if effect == "Deny"
        else f"because no identity-based policy allows the {permission.action} action"
    )
    message = f"{who} is not authorized to perform: {permission.action} on resource: "
    code, status = _REFUSALS.get(
        client.meta.service_model.service_name, ("AccessDeniedException", 400)
    )
    raise client_error(
        client, operation, code, f"{message}{permission.resource} {why}", status=status
    )
