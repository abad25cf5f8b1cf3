"""The tags of each channel: from a file, from the log, or assumed."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ivskit import names
from ivskit.arns import resource_id
from ivskit_local.errors import WrongUsage
from ivskit_local.what_if.history import OfChannel, Tags

_FILE: TypeAdapter[dict[str, dict[str, str]]] = TypeAdapter(dict[str, dict[str, str]])
_MANAGED: Tags = {names.TAG_MANAGED: "true"}
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
FROM_FILE, FROM_LOG, ASSUMED, UNKNOWN = "from the file", "from the log", "assumed", "unknown"


class TagsOf:
    """Finds the tags of channels; counted: of how many they are from where."""

    def __init__(self, given: Mapping[str, Tags], *, assume_managed: bool) -> None:
        self._given = given
        self._assume_managed = assume_managed
        self.counted: Counter[str] = Counter()

    def of(self, channel: OfChannel) -> list[tuple[datetime, Tags]]:
        """The channel's tags, and since when it had them; none where they are unknown."""
        source, tags = self._found(channel)
        self.counted[source] += 1
        return tags

    def _found(self, channel: OfChannel) -> tuple[str, list[tuple[datetime, Tags]]]:
        given = self._given.get(channel.arn, self._given.get(resource_id(channel.arn)))
        if given is not None:
            return FROM_FILE, [(_ALWAYS, given)]
        if channel.tags:
            return FROM_LOG, channel.tags
        return (ASSUMED, [(_ALWAYS, _MANAGED)]) if self._assume_managed else (UNKNOWN, [])


def read_tags(file: Path | None) -> Mapping[str, Tags]:
    """The tags in a file, by ARN or id of the channel; raises WrongUsage."""
    if file is None:
        return {}
    try:
        return _FILE.validate_python(json.loads(file.read_bytes()))
    except OSError as error:
        raise WrongUsage(f"--tags: {file}: {error.strerror}") from error
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise WrongUsage(
            f"--tags: {file}: {where or 'the whole'}: should be an object of tags for each channel,"
            ' such as {"AbCdef1G2hij": {"ivskit:managed": "true"}}'
        ) from error
    except ValueError as error:
        raise WrongUsage(f"--tags: {file}: is not JSON: {error}") from error
