"""The bus: who may speak on it, its archive, and its address."""

from ivskit import names
from tests.stacks.resources import (
    FUNCTION,
    arn_of,
    id_in,
)
from tests.stacks.synthesized import SynthesizedWith, Template


def test_nobody_but_our_functions_speaks_as_ivskit(automation: Template) -> None:
    (deny,) = automation.only("AWS::Events::EventBus")["Policy"]["Statement"]
    ours = [arn_of(id_in(each["Role"])) for each in automation.resources(FUNCTION).values()]

    assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "events:PutEvents")
    assert deny["Condition"] == {
        "ForAnyValue:StringEquals": {"events:source": [names.OUTCOME, names.RECONCILE]},
        "ArnNotEquals": {"aws:PrincipalArn": ours},
    }


def test_senders_may_send_commands_and_nothing_else(synthesized_with: SynthesizedWith) -> None:
    role = "arn:aws:iam::210987654321:role/producer"
    commands = {"senders": ["123456789012", role]}

    bus = synthesized_with(commands=commands).automation.only("AWS::Events::EventBus")

    allow, deny = bus["Policy"]["Statement"]
    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert allow["Action"] == "events:PutEvents"
    assert allow["Resource"] == deny["Resource"]
    assert allow["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": names.COMMAND},
        "Null": {"events:source": "false"},
    }
    principal, account = allow["Principal"]["AWS"]
    assert principal == role
    assert account["Fn::Join"][1][-1] == ":iam::123456789012:root"


def test_what_was_said_on_the_bus_is_archived_for_a_time(automation: Template) -> None:
    archive = automation.only("AWS::Events::Archive")

    assert archive["RetentionDays"] == 30
    assert archive["EventPattern"] == {"source": [names.COMMAND, names.OUTCOME, names.RECONCILE]}


def test_applications_find_the_bus(automation: Template) -> None:
    (bus,) = automation.resources("AWS::Events::EventBus")
    parameters = automation.resources("AWS::SSM::Parameter").values()

    assert ("/ivskit/dev/bus", arn_of(bus)) in [(one["Name"], one["Value"]) for one in parameters]
    assert arn_of(bus) in [output["Value"] for output in automation.content["Outputs"].values()]
