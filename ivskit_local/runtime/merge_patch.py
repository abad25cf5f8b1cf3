"""JSON Merge Patch (RFC 7396): what another JSON object has that this one has not."""

from collections.abc import Mapping
from typing import Any


def difference(base: Any, target: Any) -> Any:
    """The patch that makes the target of the base; neither may hold a null, which removes."""
    if not isinstance(base, Mapping) or not isinstance(target, Mapping):
        return target
    removed = dict.fromkeys(name for name in base if name not in target)
    changed = {
        name: difference(base.get(name), each)
        for name, each in target.items()
        if name not in base or base[name] != each
    }
    return removed | changed


def patched(base: Any, patch: Any) -> Any:
    """The target of the patch; the base stays as it is."""
    if not isinstance(patch, Mapping):
        return patch
    kept = base if isinstance(base, Mapping) else {}
    changed = {name: patched(kept.get(name), each) for name, each in patch.items()}
    return {name: each for name, each in {**kept, **changed}.items() if each is not None}
