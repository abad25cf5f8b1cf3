"""Whose account and region a request is for, as its signature and its host say."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import IncompleteSignature, ValidationException
from .excerpts import excerpt

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"

_HOST = re.compile(r"\.([a-z0-9-]+)\.amazonaws\.com(?::\d+)?$")
_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/[a-z0-9-]+/aws4_request")


@dataclass(frozen=True)
class Caller:
    account_id: str
    region: str


def caller_of(headers: Mapping[str, str], host: str) -> Caller:
    """The caller's account and region, by headers in lower case.

    An unsigned request is of moto's account, in us-east-1 unless the host names a region.

    Raises IncompleteSignature where an Authorization of AWS's kind has no credential scope.
    """
    access_key, region = _signed(headers.get("authorization", ""))
    of_host = _HOST.search(host)
    named = os.environ.get("MOTO_ACCOUNT_ID") or headers.get("x-moto-account-id")
    account_id = named or _owner(access_key)
    if not re.fullmatch(r"\d{12}", account_id):
        raise ValidationException(f'the account "{excerpt(account_id)}": must be 12 digits')
    return Caller(account_id, of_host[1] if of_host else region)


def _signed(authorization: str) -> tuple[str, str]:
    scope = _SCOPE.search(authorization)
    if scope:
        return scope[1], scope[2]
    if authorization.startswith("AWS4-"):
        raise IncompleteSignature(
            "Authorization: must have Credential=KEY/DATE/REGION/SERVICE/aws4_request"
        )
    return "", DEFAULT_REGION


def _owner(access_key: str) -> str:
    """Only moto's IAM makes keys of other accounts, so until it is imported there are none."""
    iam = sys.modules.get("moto.iam.models")
    return str(iam.get_account_id_from(access_key)) if iam else DEFAULT_ACCOUNT
