"""Errors of AWS, each as one line that says what to do."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from ivskit.formats import NewerRelease
from ivskit_cli.deployed import is_deployed, one_line_errors
from ivskit_local.errors import NotDone


def refused(code: str) -> ClientError:
    """An error of AWS with this code."""
    return ClientError({"Error": {"Code": code, "Message": "a message"}}, "GetParameter")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refused("ParameterNotFound"), "there is no parameter /x: is stage dev deployed in "),
        (refused("ResourceNotFoundException"), "there is no parameter /x: is stage dev deployed"),
        (refused("AccessDeniedException"), "these credentials may not do that, have somebody "),
        (refused("ExpiredTokenException"), "these credentials are no longer valid, sign in again"),
        (refused("ThrottlingException"), "An error occurred (ThrottlingException) when calling"),
        (NoCredentialsError(), "Unable to locate credentials. Sign in, or set AWS_PROFILE."),
        (EndpointConnectionError(endpoint_url="http://x"), "Could not connect to the endpoint"),
        (NewerRelease("written by a newer release"), "written by a newer release"),
    ],
)
def test_an_error_says_what_to_do(error: Exception, said: str) -> None:
    with (
        pytest.raises(NotDone) as raised,
        one_line_errors("parameter /x", question=is_deployed("dev")),
    ):
        raise error

    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)
