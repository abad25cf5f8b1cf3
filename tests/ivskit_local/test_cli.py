"""The `ivskit` command itself."""

import signal
import socket
import subprocess
import sys

import pytest

from ivskit_local.cli import main


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


def test_a_port_that_is_taken_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert main(["emulator", "--port", str(port)]) == 2

    assert capsys.readouterr().err == f"ivskit: 127.0.0.1:{port}: Address already in use\n"
