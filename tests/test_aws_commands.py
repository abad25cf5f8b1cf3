"""The check of commands finds what the AWS CLI would refuse."""

import pytest

from tests.aws_commands import WrongCommand, check

UUID = "14e0db71-9ab2-4c12-8d3e-0a1b2c3d4e5f"
GOOD = "aws sqs receive-message --queue-url https://queue --max-number-of-messages 10"


@pytest.mark.parametrize(
    "command",
    [
        GOOD,
        "aws logs tail /a/log --since 1h --follow",
        "aws ivs stop-stream",
        "aws dynamodb wait table-exists --table-name memory",
        f"aws lambda update-event-source-mapping --uuid {UUID} --no-enabled",
        "aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=me",
    ],
)
def test_a_right_command_passes(command: str) -> None:
    check(command.split())


@pytest.mark.parametrize(
    "command",
    [
        "aws sqs receive-messages --queue-url https://queue",
        "aws sqs receive-message --max-number-of-messages 10",
        f"{GOOD} --every 5",
        f"{GOOD} --output picture",
        f"{GOOD} --output",
        "aws logs tail --since 1h",
        "aws logs tail /a/log --before 1h",
        "aws dynamodb wait table-is-there --table-name memory",
        "aws dynamodb wait table-exists --name memory",
        "aws lambda update-event-source-mapping --uuid {UUID} --enabled yes",
        "aws cloudwatch describe-alarms --state-value BAD",
        "aws sns subscribe --topic-arn one two --protocol https",
    ],
)
def test_a_wrong_command_does_not(command: str) -> None:
    with pytest.raises(WrongCommand):
        check(command.split())
