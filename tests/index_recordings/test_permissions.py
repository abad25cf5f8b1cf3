"""The function's role holds what it uses, and nothing else."""

from datetime import timedelta

from ivskit import names
from ivskit_local.runtime.synth import Templates
from tests.index_recordings.conftest import OpenRun
from tests.index_recordings.recorded import FUNCTION, lose, stream
from tests.worlds import NOT_CALLED, granted


def test_a_role_may_only_do_what_its_function_does(templates: Templates, open_run: OpenRun) -> None:
    with open_run() as run:
        run.world.gate.fault("s3", "GetObject", "NoSuchKey")
        stream(run)
        run.world.run_for(timedelta(minutes=5))
        lose(run, names.RECORDING_START, names.RECORDING_END)
        stream(run)
        run.world.run_for(timedelta(hours=2))
        called = {
            f"{call.service}:{call.operation}"
            for call in run.world.calls
            if call.function == FUNCTION
        }

    listed = {"s3:ListBucket" if each == "s3:ListObjectsV2" else each for each in called}
    assert granted(templates, "IndexRecordings") - NOT_CALLED == listed - {"sqs:ReceiveMessage"}
