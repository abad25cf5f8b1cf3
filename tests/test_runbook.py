"""The runbook and the operations page: every alarm has its entry, and every command is right."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ivskit import names
from ivskit_cli.checks import CONCURRENCY_QUOTA, IVS_QUOTAS
from ivskit_cli.main import make_app
from tests.aws_commands import check
from tests.stacks.synthesized import Synthesized, Template, synthesize

ROOT = Path(__file__).parents[1]
RUNBOOK, OPERATIONS = ROOT / "docs/runbook.md", ROOT / "docs/operations.md"
ALARM, COMPOSITE = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:aws|uv run ivskit) [^`]+)`")


def commands_of(page: Path) -> list[str]:
    """Every line of a block, and every command in a sentence, that starts a program."""
    text = page.read_text()
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    started = [line for line in lines if re.match(r"(uv|aws|ivskit|cdk) ", line)]
    return [*started, *INLINE.findall(BLOCK.sub("", text))]


def words_of(command: str) -> list[str]:
    """The words of a command, as the shell splits them; <old> stands for a name."""
    filled = re.sub(r"<(\w+)>", r"\1-name", command)
    script = f"printf '%s\\0' {filled}"
    shell = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, check=True)
    return shell.stdout.split("\0")[:-1]


COMMANDS = sorted({*commands_of(RUNBOOK), *commands_of(OPERATIONS)})
OF_AWS = [command for command in COMMANDS if command.startswith("aws ")]
OF_IVSKIT = [command for command in COMMANDS if command.startswith("uv run ivskit ")]


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """The stage of the pages."""
    return synthesize(tmp_path_factory.mktemp("prod"), stage="prod", revocation={"audience": True})


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """The same stage with an index of recordings, whose alarms the runbook does not count."""
    return synthesize(tmp_path_factory.mktemp("indexed"), stage="prod", recordings={"index": True})


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Every alarm and composite alarm, by its name."""
    found = [*template.resources(ALARM).values(), *template.resources(COMPOSITE).values()]
    return {alarm["AlarmName"]: alarm for alarm in found}


def entry_of(alarm: dict[str, Any]) -> str:
    """The entry that an alarm's description names."""
    _, _, entry = alarm["AlarmDescription"].partition(" What to do: docs/runbook.md#")
    return str(entry)


def entries(section: str) -> list[str]:
    """The entries under a heading of the runbook."""
    _, _, after = RUNBOOK.read_text().partition(f"\n## {section}\n")
    return re.findall(r"^### (.+)$", after.partition("\n## ")[0], re.MULTILINE)


def test_the_entries_are_those_that_the_alarms_name(prod: Synthesized) -> None:
    found = alarms(prod.monitoring).values()
    calls = {entry_of(alarm) for alarm in found if "AlarmRule" in alarm}
    tickets = {entry_of(alarm) for alarm in found if "AlarmRule" not in alarm}

    assert sorted(entries("Calls")) == sorted(calls)
    assert sorted(entries("Tickets")) == sorted(tickets)


def test_the_name_of_an_alarm_ends_with_its_entry(prod: Synthesized) -> None:
    for name, alarm in alarms(prod.monitoring).items():
        # Dead letters in order have the suffix of their queue.
        assert name.removesuffix(".fifo").endswith(f"-{entry_of(alarm)}")


def test_each_entry_says_what_it_means_where_to_look_and_what_to_do() -> None:
    text = RUNBOOK.read_text()
    parts = re.split(r"^###? (.+)$", text, flags=re.MULTILINE)
    written = dict(zip(parts[1::2], parts[2::2], strict=True))

    for entry in (*entries("Calls"), *entries("Tickets")):
        said = re.findall(r"^\*\*(\w+):\*\*", written[entry], re.MULTILINE)
        assert said == ["Means", "Look", "Do"], entry


def test_the_pages_have_commands() -> None:
    assert len(OF_AWS) > 40
    assert len(OF_IVSKIT) > 8
    assert {*COMMANDS} - {*OF_AWS, *OF_IVSKIT} == set()


@pytest.mark.parametrize("command", OF_AWS)
def test_aws_knows_the_command(command: str) -> None:
    check(words_of(command))


@pytest.mark.parametrize("command", OF_AWS)
def test_the_names_in_a_command_are_deployed(
    prod: Synthesized, indexed: Synthesized, command: str
) -> None:
    known = deployed(prod) | deployed(indexed)
    for word in words_of(command):
        named = re.search(r"(?<![\w/])ivskit-prod\b[\w.-]*|^/ivskit/.*", word)
        if named is not None and not _is_generated(named.group()):
            assert _is_known(named.group(), known), named.group()


def _is_known(named: str, known: set[str]) -> bool:
    """Whether it is a name, or what one begins with up to a dash."""
    return named in known or (named.endswith("-") and any(each.startswith(named) for each in known))


def _is_generated(name: str) -> bool:
    """Whether CloudFormation made the last part of a name up, or an owner did."""
    made_up = re.fullmatch(r"ivskit-prod-(automation|monitoring)-\w+-\w+", name)
    return made_up is not None or name.endswith("-restored")


def deployed(stage: Synthesized) -> set[str]:
    """The names that the two stacks give."""
    keys = ("Name", "QueueName", "LogGroupName", "AlarmName", "FunctionName")
    found = {"ivskit-prod-automation", "ivskit-prod-monitoring", names.MANAGED_CHANNELS}
    for template in (stage.automation, stage.monitoring):
        resources = template.content["Resources"].values()
        given = [resource["Properties"].get(key) for resource in resources for key in keys]
        found |= {name for name in given if isinstance(name, str)}
    return found


@pytest.mark.parametrize("command", OF_IVSKIT)
def test_ivskit_knows_the_command(command: str) -> None:
    name, *arguments = words_of(command)[3:]

    known, _, _ = make_app().parse_args([name, *arguments])

    assert known.__module__ == f"ivskit_cli.{name.replace('-', '_')}"


def test_quotas_are_those_that_the_doctor_knows() -> None:
    named = set(re.findall(r"--quota-code (\S+)", "\n".join(COMMANDS)))

    assert named <= {*IVS_QUOTAS, CONCURRENCY_QUOTA}


def test_the_runbook_says_what_the_alarms_cost(prod: Synthesized) -> None:
    monitoring = prod.monitoring
    found = monitoring.resources(ALARM).values()
    metrics = sum(
        sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1 for alarm in found
    )
    composites = len(monitoring.resources(COMPOSITE))
    cents = 10 * metrics + 50 * composites
    said = (
        f"{len(found)} alarms on {metrics} metrics and {composites} composite alarms: "
        f"{cents / 100:.2f} USD, or {(cents - 100) / 100:.2f} USD"
    )

    assert said in RUNBOOK.read_text()
