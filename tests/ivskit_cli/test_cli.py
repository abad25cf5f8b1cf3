"""The `ivskit` command itself."""

import re
import shlex
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Annotated

import boto3
import pytest
from cyclopts import App, Parameter
from cyclopts.completion.detect import ShellDetectionError

from ivskit_cli.help_page import HelpPage
from ivskit_cli.main import CLI_EXTRA, COMMANDS, LOCAL_EXTRA, main, make_app

PROJECT = Path(__file__).parents[2]


def test_without_a_command_it_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2

    assert capsys.readouterr().err == "ivskit: which command? See ivskit --help\n"


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert capsys.readouterr().out == f"ivskit {project['version']}\n"


def test_the_emulator_says_how_to_use_it_and_stops_at_ctrl_c() -> None:
    command = [sys.executable, "-c", "from ivskit_cli.main import run; run()"]
    with subprocess.Popen(
        [*command, "emulator", "--port", "0"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()

    assert first.startswith("IVS is ready: AWS_ENDPOINT_URL_IVS=http://127.0.0.1:")
    assert rest == "Stopped.\n"
    assert process.returncode == 0


@pytest.mark.parametrize("port", ["99999", "65536", "-1", "http", "²", "9" * 5_000])
def test_a_port_that_is_none_is_refused_by_its_limits(
    capsys: pytest.CaptureFixture[str], port: str
) -> None:
    assert main(["emulator", "--port", port]) == 2

    said = f"ivskit: Invalid value for --port: must be from 0 to 65535, not {port}. See"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("host", ["", "a" * 70, "a..b", "\udcff"])
def test_a_host_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], host: str) -> None:
    assert main(["emulator", "--host", host]) == 2

    assert (
        f"Invalid value for --host: must be a name or an address, not {host!r}"
        in capsys.readouterr().err
    )


def test_a_host_that_does_not_resolve_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["emulator", "--host", "nowhere.invalid", "--port", "0"]) == 2

    assert capsys.readouterr().err.startswith("ivskit: nowhere.invalid:0: ")


@pytest.mark.parametrize("package", sorted(CLI_EXTRA | LOCAL_EXTRA - {"joserfc"}))
def test_what_an_extra_would_bring_is_missed_in_one_line(package: str) -> None:
    # Each needs its part of the extras.
    needing = {
        "rich": ["replay", "events"],
        "starlette": ["dev", "--port", "0"],
        "time_machine": ["replay", "events"],
        "uvicorn": ["dev", "--port", "0"],
    }
    command = needing.get(package, ["emulator"])
    extra = "cli" if package in CLI_EXTRA else "local"
    code = f"import sys; sys.modules[{package!r}] = None;"
    code += f"from ivskit_cli.main import main; sys.exit(main({command!r}))"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.returncode == 2
    assert ran.stderr == f'ivskit: {package} is not installed: pip install "ivskit[{extra}]"\n'


def test_what_the_extras_would_bring_is_what_pyproject_says() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]

    def named(*of: str) -> set[str]:
        names = [re.split(r"[\[><=]", said)[0] for extra in of for said in extras[extra]]
        return {name.replace("-", "_") for name in names} - {"ivskit"}

    assert named("cli") == CLI_EXTRA
    assert named("local", "tokens") == LOCAL_EXTRA


def test_a_port_that_is_taken_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert main(["emulator", "--port", str(port)]) == 2

    assert capsys.readouterr().err == f"ivskit: 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize("stage", ["", "Prod", "a/b", "dev ", "-x", "a" * 17])
@pytest.mark.parametrize("command", [["pause"], ["resume"], ["jobs"], ["doctor"]])
def test_a_stage_that_none_can_be_called_is_refused(
    capsys: pytest.CaptureFixture[str], command: list[str], stage: str
) -> None:
    assert main([*command, f"--stage={stage}"]) == 2

    said = capsys.readouterr().err
    assert said.startswith("ivskit: Invalid value for --stage: must be up to 16 lower-case letters")
    assert said.endswith(f". See ivskit {command[0]} --help\n")


@pytest.mark.parametrize(
    ("project", "what"),
    [
        (b"{", "is not JSON: "),
        (b"\xff\xff", "is not JSON: "),
        (b"[" * 100_000, "is not JSON: "),
        (b"[]", "must be JSON objects"),
        (b'{"context": null}', "must be JSON objects"),
        (b'{"context": {"ivskit": 3}}', "the stage must be up to 16 "),
        (b'{"context": {"ivskit": {"stage": null}}}', "the stage must be up to 16 "),
    ],
)
def test_a_project_that_cannot_be_read_is_reported_in_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    project: bytes,
    what: str,
) -> None:
    (tmp_path / "cdk.json").write_bytes(project)
    monkeypatch.chdir(tmp_path)

    assert main(["pause"]) == 2

    said = capsys.readouterr().err
    assert said.startswith(f"ivskit: {tmp_path / 'cdk.json'}: ")
    assert what in said
    assert said.count("\n") == 1


def test_a_replay_of_a_project_that_cannot_be_read_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cdk.json").write_text("{")
    monkeypatch.chdir(tmp_path)

    assert main(["replay", str(PROJECT / "events/stream-state-change.stream-end.json")]) == 2

    assert f"{tmp_path / 'cdk.json'}: is not JSON" in capsys.readouterr().err


@pytest.mark.parametrize(
    "setting", [("AWS_ENDPOINT_URL", "no url"), ("AWS_MAX_ATTEMPTS", "many"), ("AWS_PROFILE", "?")]
)
@pytest.mark.parametrize("command", [["pause"], ["resume"], ["jobs"], ["audit", "--cause", "any"]])
def test_a_shell_that_is_set_up_wrongly_for_aws_is_reported_in_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    setting: tuple[str, str],
) -> None:
    monkeypatch.setenv(*setting)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    assert main(command) == 1

    said = capsys.readouterr().err
    assert said.startswith("ivskit: ")
    assert said.count("\n") == 1


def test_a_doctor_of_a_shell_that_is_set_up_wrongly_says_so_of_each_check(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "no url")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    assert main(["doctor"]) == 1

    for line in capsys.readouterr().out.splitlines():
        assert line.startswith("unknown ")
        assert "a setting for AWS in this shell is invalid: Invalid endpoint: no url" in line


def test_whoever_reads_the_output_may_stop_early() -> None:
    command = [sys.executable, "-c", "from ivskit_cli.main import run; run()", "replay"]
    event = "events/stream-state-change.stream-end.json"
    with subprocess.Popen(
        [*command, event], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert said == b""
    assert process.returncode == 141


@pytest.mark.parametrize("name", [name for names in COMMANDS.values() for name in names])
def test_the_help_of_each_command_has_an_example_that_it_understands(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main([name, "--help"]) == 0

    said = capsys.readouterr().out
    examples = re.findall(rf"^  ivskit ({name}\b.*)$", said, re.MULTILINE)
    assert examples
    for example in examples:
        make_app().parse_args(shlex.split(example))


def test_an_option_with_a_long_name_has_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    app = App(help_formatter=HelpPage(), help_format="plaintext", result_action="return_value")

    @app.default
    def _(*, much_longer_than_any_column: Annotated[str, Parameter(help="what it is")]) -> None:
        """Do it."""

    app(["--help"])

    shown = capsys.readouterr().out.splitlines()
    at = shown.index("  --much-longer-than-any-column STR")
    assert shown[at + 1].strip() == "what it is (required)"


def test_the_list_says_what_each_command_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0

    said = capsys.readouterr().out
    for name in (name for names in COMMANDS.values() for name in names):
        assert re.search(rf"^  {name} +[A-Z]", said, re.MULTILINE)


def test_help_imports_nothing_heavy() -> None:
    heavy = {"boto3", "botocore", "pydantic", "moto"}
    program = (
        "import sys; from ivskit_cli.main import main; main(['--help']);"
        f"sys.exit(str(sorted({heavy} & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.stderr == "[]\n"


def test_a_shell_that_is_not_known_must_be_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> str:
        raise ShellDetectionError

    monkeypatch.setattr("cyclopts.completion.detect.detect_shell", unknown)

    assert main(["--install-completion"]) == 2
    assert "which shell is this? Name it with --shell" in capsys.readouterr().err


def test_audit_takes_one_subject(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit"]) == 2
    assert main(["audit", "--cause", "a", "--channel", "b"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "ivskit: audit needs --cause ID, --channel ARN or --follow"
    assert said[1] == "ivskit: take one of --cause and --channel, not both"


def test_completion_is_written_for_a_shell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert main(["--install-completion", "--shell", "bash"]) == 0

    [script] = re.findall(r"Completion is in (\S+)\.", capsys.readouterr().out)
    assert "--commands-too" in Path(script).read_text()


def test_ctrl_c_ends_a_command_in_one_line() -> None:
    interrupted = "raise KeyboardInterrupt"
    program = (
        "import ivskit_cli.main as cli\n"
        f"def main(argv):\n    {interrupted}\n"
        "cli.main = main\n"
        "cli.run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.stderr == "ivskit: interrupted\n"
    assert done.returncode == 130
