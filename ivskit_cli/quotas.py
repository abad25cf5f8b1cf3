"""`ivskit quotas`: how much of each quota of IVS the account uses in this region."""

import json as json_format
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from ivskit_cli.arguments import Json

if TYPE_CHECKING:
    from ivskit.quota_use import Use

_HEADS = ("QUOTA", "USED", "PEAK 24 H", "OF", "SHARE", "FULL IN", "SOURCE")
_NUMBERS = _HEADS[1:6]


def quotas(*, json: Json = False) -> bool:
    """Show how much of each quota of IVS the account uses in this region.

    Exits with 1 if a quota is used to 80 % or more. USED is what IVS says now. The peak, and when
    a quota is full at the growth of the last hour, come from CloudWatch, which has both for
    streams and viewers only. Quotas are the account's own where Service Quotas can be read, else
    those that AWS publishes. Needs ivs:ListChannels, ivs:ListStreams, ivs:ListPlaybackKeyPairs,
    ivs:ListPlaybackRestrictionPolicies, ivs:ListRecordingConfigurations and
    ivs:ListAdConfigurations, and if allowed servicequotas:ListServiceQuotas and
    cloudwatch:GetMetricStatistics.

    For example:
      ivskit quotas
      ivskit quotas --json
    """
    from ivskit_cli.deployed import one_line_errors
    from ivskit_cli.quota_use import QuotaUse

    with one_line_errors("answer of IVS", question=lambda: "is Amazon IVS in this region?"):
        found = QuotaUse()
        uses = found.all()
    if json:
        print(json_format.dumps([each.as_document() for each in uses], indent=2))
    else:
        _show(uses)
    for sentence in found.unread:
        print(f"ivskit: {sentence}", file=sys.stderr)
    return not any(each.is_near for each in uses)


def _show(uses: "Sequence[Use]") -> None:
    from ivskit_cli.tables import print_table

    print_table(_HEADS, [list(_row(each)) for each in uses], right=_NUMBERS)
    for each in uses:
        if each.is_near:
            print(f"✗ {each.name}: {each.share:.0%} of the quota; {each.what_to_do}")


def _row(use: "Use") -> Iterator[str]:
    yield use.name
    yield f"{use.used:,}"
    yield "-" if use.peak is None else f"{use.peak:,}"
    yield f"{use.quota:,}"
    yield f"{use.share:.0%}"
    yield "-" if use.full_in is None else _span(use.full_in)
    yield "account" if use.is_own else "published"


def _span(span: timedelta) -> str:
    """As a person says it: 3d, 5h 10m, 12m, now."""
    if not span:
        return "now"
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)}d"
    return f"{minutes // 60}h {minutes % 60}m" if minutes >= 60 else f"{minutes}m"
