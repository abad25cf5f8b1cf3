"""The fixture that users import: it works in a conftest of theirs, with a client of their own."""

import pytest

pytest_plugins = ["pytester"]

THEIR_CONFTEST = """
    pytest_plugins = ["ivs_emulator.pytest_plugin"]
"""
THEIR_TESTS = """
    import boto3
    import pytest

    def test_a_show(ivs_emulator):
        ivs = boto3.client("ivs", "us-west-2")
        arn = ivs.create_channel()["channel"]["arn"]
        session = ivs_emulator.go_live(arn, reconnect_after=5)
        assert ivs.get_stream(channelArn=arn)["stream"]["streamId"] == session.stream_id

        ivs.stop_stream(channelArn=arn)
        ivs_emulator.pass_time(3)

        with pytest.raises(ivs.exceptions.ChannelNotBroadcasting):
            ivs.get_stream(channelArn=arn)
        ivs_emulator.pass_time(60)
        assert ivs.get_stream(channelArn=arn)["stream"]["streamId"] != session.stream_id
        assert len(ivs_emulator.backend().events) == 6

    def test_the_next_test_begins_empty(ivs_emulator):
        assert boto3.client("ivs", "us-west-2").list_channels()["channels"] == []
        assert ivs_emulator.backend().channels == {}
"""


def test_the_fixture_serves_the_tests_of_others(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(THEIR_CONFTEST)
    pytester.makepyfile(THEIR_TESTS)

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")

    result.assert_outcomes(passed=2)
