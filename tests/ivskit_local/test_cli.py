"""The `ivskit` command itself."""

import re
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ivskit_local.cli import LOCAL_EXTRA, main

PROJECT = Path(__file__).parents[2]


def test_without_a_command_it_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])

    assert ended.value.code == 2
    assert "usage: ivskit" in capsys.readouterr().err


def test_the_emulator_says_how_to_use_it_and_stops_at_ctrl_c() -> None:
    command = [sys.executable, "-c", "from ivskit_local.cli import run; run()"]
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
    with pytest.raises(SystemExit) as ended:
        main(["emulator", "--port", port])

    assert ended.value.code == 2
    assert f"argument --port: must be from 0 to 65535, not {port}" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["a" * 70, "a..b", "\udcff"])
def test_a_host_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], host: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["emulator", "--host", host])

    assert ended.value.code == 2
    assert f"argument --host: must be a name or an address, not {host!r}" in capsys.readouterr().err


def test_a_host_that_does_not_resolve_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["emulator", "--host", "nowhere.invalid", "--port", "0"]) == 2

    assert capsys.readouterr().err.startswith("ivskit: nowhere.invalid:0: ")


@pytest.mark.parametrize("package", sorted(LOCAL_EXTRA - {"joserfc"}))
def test_what_the_extra_would_bring_is_missed_in_one_line(package: str) -> None:
    # The seed of the emulator, and of a world: both need the extra, and each its part of it.
    command = ["replay", "events"] if package == "time_machine" else ["emulator"]
    code = f"import sys; sys.modules[{package!r}] = None;"
    code += f"from ivskit_local.cli import main; sys.exit(main({command!r}))"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ran.returncode == 2
    assert ran.stderr == f'ivskit: {package} is not installed: pip install "ivskit[local]"\n'


def test_what_the_extra_would_bring_is_what_pyproject_says() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    names = [re.split(r"[\[><=]", said)[0] for said in [*extras["local"], *extras["tokens"]]]

    assert {name.replace("-", "_") for name in names} - {"ivskit"} == LOCAL_EXTRA


def test_a_port_that_is_taken_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert main(["emulator", "--port", str(port)]) == 2

    assert capsys.readouterr().err == f"ivskit: 127.0.0.1:{port}: Address already in use\n"
