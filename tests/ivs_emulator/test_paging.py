"""Pages: tokens belong to one list, and nothing else is a token."""

from typing import Any

import pytest


@pytest.mark.parametrize("token", ["x", "bm9uc2Vuc2U=", "WzFd", "WzEsMl0=", "bnVsbA=="])
def test_a_made_up_token_is_refused(ivs: Any, refused: Any, token: str) -> None:
    error = refused(ivs.list_channels, nextToken=token)

    assert (error["code"], error["status"]) == ("ValidationException", 400)


def test_a_token_is_good_for_its_own_list_only(ivs: Any, refused: Any) -> None:
    for _ in range(2):
        ivs.create_channel(name="show")
    token = ivs.list_channels(filterByName="show", maxResults=1)["nextToken"]

    assert ivs.list_channels(filterByName="show", nextToken=token)["channels"]
    assert refused(ivs.list_channels, nextToken=token)["code"] == "ValidationException"
    assert refused(ivs.list_streams, nextToken=token)["code"] == "ValidationException"


def test_the_last_page_has_no_token(ivs: Any, arn: str) -> None:
    assert "nextToken" not in ivs.list_channels(maxResults=1)
