"""Tags, on every kind of resource alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ivskit import quotas

from .errors import ValidationException
from .resources import find

if TYPE_CHECKING:
    from .models import IVSBackend
    from .resources import Resource

RESERVED = "aws:"


def tag_resource(ivs: IVSBackend, *, resource_arn: str, tags: dict[str, str]) -> None:
    resource = find(ivs.shelf(resource_arn), resource_arn)
    merged = {**resource.tags, **tags}
    own = [key for key in merged if not key.startswith(RESERVED)]
    limit = quotas.TAGS_PER_RESOURCE
    if len(own) > limit:
        raise ValidationException(
            f"tags: must have at most {limit} entries on a resource, has {len(own)}"
        )
    set_tags(ivs, resource, merged)


def untag_resource(ivs: IVSBackend, *, resource_arn: str, tag_keys: list[str]) -> None:
    resource = find(ivs.shelf(resource_arn), resource_arn)
    set_tags(ivs, resource, {k: v for k, v in resource.tags.items() if k not in tag_keys})


def list_tags_for_resource(ivs: IVSBackend, *, resource_arn: str) -> dict[str, object]:
    return {"tags": find(ivs.shelf(resource_arn), resource_arn).tags}


def set_tags(ivs: IVSBackend, resource: Resource, tags: Mapping[str, str]) -> None:
    """Give a resource exactly these tags, AWS's own among them if need be."""
    ivs.shelf(resource.arn)[resource.arn] = replace(resource, tags=tags)


def refuse_reserved(keys: Iterable[str]) -> None:
    for key in keys:
        if key.lower().startswith(RESERVED):
            raise ValidationException(f'tags: the key "{key}" begins with "{RESERVED}"')
