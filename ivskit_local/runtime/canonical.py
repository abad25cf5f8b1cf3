"""Templates in a form that changes with what is deployed, and not with the code of functions."""

import json
import re
from collections.abc import Mapping
from typing import Any

Template = Mapping[str, Any]
# By stack name.
Templates = Mapping[str, Template]

_ASSET = re.compile(r"\b[0-9a-f]{64}\.zip\b")
_HASH_OF_VERSION = re.compile(r"[0-9a-f]{32}$")


def canonical(template: Template) -> Template:
    """The template in sorted order, without hashes of code.

    Such hashes are in the names of assets, and in the logical ids of the functions' versions.
    """
    text = _ASSET.sub("asset.zip", json.dumps(template, sort_keys=True))
    for logical_id, resource in template.get("Resources", {}).items():
        if resource["Type"] == "AWS::Lambda::Version":
            text = text.replace(logical_id, _HASH_OF_VERSION.sub("", logical_id))
    made: Template = json.loads(text)
    return made
