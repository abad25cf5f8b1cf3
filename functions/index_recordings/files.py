"""What IVS writes about a recording into its bucket, as far as this function may read it.

Source: IVS User Guide "Auto-Record to Amazon S3".
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pydantic import ValidationError

from index_recordings.manifest import Manifest
from ivskit.errors import FROM_BOTOCORE, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ENDED, FAILED = "recording-ended.json", "recording-failed.json"
# Year, month, day, hour and minute of a prefix, and the id of the recording below them.
_LEVELS = 5
_NOT_THERE = ("NoSuchKey", "404")
_NOT_READABLE = ("AccessDenied", "403", "NoSuchBucket", "AllAccessDisabled")


class NotReadable(Exception):
    """The bucket cannot be read, and trying again does not help; the text says why."""


class Files:
    """The buckets that this function may read."""

    def __init__(self, client: "S3Client", *, buckets: tuple[str, ...]) -> None:
        self._client = client
        self._buckets = buckets

    def manifest(self, bucket: str, prefix: str, name: str) -> Manifest | None:
        """What IVS wrote at the end of a recording; None if it is not there (yet).

        Raises NotReadable, and Unavailable.
        """
        self._check(bucket)
        try:
            answer = self._client.get_object(Bucket=bucket, Key=f"{prefix}/events/{name}")
            return Manifest.model_validate_json(answer["Body"].read())
        except ValidationError as error:
            raise NotReadable(f"{name}: {error.error_count()} errors in it") from error
        except FROM_BOTOCORE as error:
            if _code(error) in _NOT_THERE:
                return None
            raise _translated(error, "GetObject") from error

    def over(self, bucket: str, prefix: str) -> Manifest | None:
        """The end of the recording under this prefix, or its failure; None before that."""
        found = self.manifest(bucket, prefix, ENDED)
        return found if found is not None else self.manifest(bucket, prefix, FAILED)

    def prefixes(self, bucket: str, under: str, *, until: datetime) -> Iterator[str]:
        """The prefixes of recordings that began by then, the newest first.

        under: `ivs/v1/<account>/<channel id>/`. A call for each level of the date, and one for
        the recordings of each minute.
        """
        self._check(bucket)
        latest = (until.year, until.month, until.day, until.hour, until.minute)
        yield from self._below(bucket, under, (), latest)

    def _below(
        self, bucket: str, under: str, date: tuple[int, ...], latest: tuple[int, ...]
    ) -> Iterator[str]:
        folders = self._folders(bucket, under)
        if len(date) == _LEVELS:
            yield from (under + folder for folder in folders)
            return
        numbers = sorted((int(each) for each in folders if each.isdecimal()), reverse=True)
        for number in numbers:
            here = (*date, number)
            if here <= latest[: len(here)]:
                yield from self._below(bucket, f"{under}{number}/", here, latest)

    def _folders(self, bucket: str, under: str) -> list[str]:
        try:
            answer = self._client.list_objects_v2(Bucket=bucket, Prefix=under, Delimiter="/")
        except FROM_BOTOCORE as error:
            raise _translated(error, "ListObjectsV2") from error
        found = (str(each["Prefix"]) for each in answer.get("CommonPrefixes", []))
        return [prefix.removeprefix(under).rstrip("/") for prefix in found]

    def _check(self, bucket: str) -> None:
        if bucket not in self._buckets:
            raise NotReadable(f"recordings.buckets does not name the bucket {bucket}")


def _code(error: Exception) -> str:
    response: Any = error.response if isinstance(error, ClientError) else {}
    return str(response.get("Error", {}).get("Code", ""))


def _translated(error: Exception, operation: str) -> Exception:
    code = _code(error)
    if code in _NOT_READABLE:
        return NotReadable(f"S3 answers {code}: {error}")
    return Unavailable(str(error), operation=operation, code=code)
