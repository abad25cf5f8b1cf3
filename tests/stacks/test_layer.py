"""The layer: what is in it, what changes it, and what stops it."""

import io
import re
import shutil
import struct
import subprocess
import sys
import tomllib
import zipfile
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from stacks import bytecode, layer
from stacks.function_code import build_code
from stacks.layer import LayerNotBuilt, build_layer, layer_hash
from stacks.settings import Settings
from stacks.trimming import SERVICES
from tests.stacks.synthesized import ROOT, Synthesized, synthesize

HERE = f"python3.{sys.version_info.minor}"
MOST_BYTES, MOST_ZIPPED_BYTES = 26_000_000, 9_000_000
# PEP 552: the source's hash is in the file, and is never looked at.
UNCHECKED_HASH = 0b01
LAYER = "AWS::Lambda::LayerVersion"
PINNED = dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", layer.REQUIREMENTS.read_text(), re.MULTILINE))


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what the layer is made of, free to be changed."""
    shutil.copytree(layer.PACKAGE, tmp_path / "ivskit")
    shutil.copy(layer.REQUIREMENTS, tmp_path / "layer.txt")
    monkeypatch.setattr(layer, "PACKAGE", tmp_path / "ivskit")
    monkeypatch.setattr(layer, "REQUIREMENTS", tmp_path / "layer.txt")
    return tmp_path


def test_a_deploy_builds_the_layer_for_its_runtime_and_architecture(
    tmp_path: Path,
) -> None:
    built = synthesize(tmp_path / "built", with_layer=True)

    assert built.automation.content == synthesize(tmp_path / "not-built").automation.content
    asset = built.asset(key_of(built, "ivskit"))
    python = asset / "python"
    assert [path.name for path in asset.iterdir()] == ["python"]
    assert _installed(python) == PINNED
    assert (python / "ivskit/names.py").read_bytes() == (layer.PACKAGE / "names.py").read_bytes()
    (compiled,) = python.glob("pydantic_core/*.so")
    assert compiled.name.endswith("cpython-313-aarch64-linux-gnu.so")
    assert not (python / "bin").exists()
    assert not list(python.rglob("*.pyi"))
    assert not list((python / "botocore").rglob("*.gz"))
    assert sum(path.stat().st_size for path in _files(asset)) <= MOST_BYTES
    assert len(_zipped(asset)) <= MOST_ZIPPED_BYTES


def key_of(synthesized: Synthesized, description: str) -> str:
    """The name of the asset of the layer whose description begins so."""
    layers = synthesized.automation.resources(LAYER).values()
    [found] = [each for each in layers if each["Description"].startswith(description)]
    key: str = found["Content"]["S3Key"]
    return key


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _zipped(folder: Path) -> bytes:
    """The folder as an archive, as a deploy uploads it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in _files(folder):
            file.write(path, path.relative_to(folder))
    return archive.getvalue()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layer for the Python that runs here, so that there is bytecode for it."""
    folder = tmp_path_factory.mktemp("layer")
    build_layer(folder, Settings.model_validate({"runtime": HERE}))
    return folder


def test_every_module_of_the_layer_and_of_a_function_has_bytecode_that_is_never_checked(
    built: Path, tmp_path: Path
) -> None:
    build_code("stop_stream", tmp_path, Settings.model_validate({"runtime": HERE}))

    for module in [*built.rglob("*.py"), *tmp_path.rglob("*.py")]:
        compiled = Path(cache_from_source(str(module)))
        magic, flags = struct.unpack("<4sI", compiled.read_bytes()[:8])
        assert (magic, flags) == (MAGIC_NUMBER, UNCHECKED_HASH), module


def test_the_layer_is_the_same_bit_for_bit(built: Path, tmp_path: Path) -> None:
    build_layer(tmp_path, Settings.model_validate({"runtime": HERE}))

    first = {path.relative_to(built): path.read_bytes() for path in _files(built)}
    assert {path.relative_to(tmp_path): path.read_bytes() for path in _files(tmp_path)} == first


def test_a_layer_without_an_interpreter_of_its_runtime_says_what_that_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bytecode, "interpreter", lambda runtime: None)
    build_layer(tmp_path, Settings())

    assert not list(tmp_path.rglob("*.pyc"))
    said = capsys.readouterr().err
    assert "no bytecode: there is no python3.13 on this machine" in said
    assert re.search(r"the layer has \d+\.\d MB in \d+ files", said)


# botocore reads some of a model at the first call, not when it makes the client.
CALLS = {
    "service-quotas": ("list_service_quotas", {"ServiceCode": "ivs"}),
    "cloudwatch": (
        "get_metric_data",
        {
            "MetricDataQueries": [],
            "StartTime": "2026-11-20T17:00:00Z",
            "EndTime": "2026-11-20T17:05:00Z",
        },
    ),
    "dynamodb": ("get_item", {"TableName": "jobs", "Key": {"job": {"S": "1"}}}),
    "events": ("put_events", {"Entries": [{"Source": "ivskit.outcome"}]}),
    "ivs": ("get_channel", {"arn": "arn:aws:ivs:eu-west-1:123456789012:channel/AbCdef1G2hij"}),
    "s3": ("get_object", {"Bucket": "reports", "Key": "manifests/viewers.csv"}),
    "scheduler": (
        "create_schedule",
        {
            "Name": "later",
            "ScheduleExpression": "at(2026-11-20T17:00:00)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": "queue", "RoleArn": "role"},
        },
    ),
    "secretsmanager": ("describe_secret", {"SecretId": "ivskit/dev/channel/AbCdef1G2hij"}),
    "sqs": (
        "send_message",
        {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/q", "MessageBody": "1"},
    ),
    "ssm": ("get_parameter", {"Name": "/ivskit/dev/pause"}),
    "sts": ("get_caller_identity", {}),
}


CALL = """
from botocore.session import get_session

def stop(request, **_):
    raise SystemExit(request.url)

client = get_session().create_client(
    {service!r}, "eu-west-1", aws_access_key_id="key", aws_secret_access_key="secret"
)
client.meta.events.register("before-send", stop)
client.{operation}(**{parameters!r})
"""


@pytest.mark.parametrize("service", SERVICES)
def test_the_layer_calls_the_services_that_functions_call_and_no_other(
    built: Path, service: str
) -> None:
    operation, parameters = CALLS[service]
    call = CALL.format(service=service, operation=operation, parameters=parameters)
    other = call.replace(repr(service), "'ec2'")

    assert re.fullmatch(r"https://\S+\.amazonaws\.com/\S*\n", _run(built, call))
    assert "UnknownServiceError" in _run(built, other)


def _run(layer: Path, code: str) -> str:
    path = f"import sys; sys.path.insert(0, {str(layer / 'python')!r})\n"
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", path + code], capture_output=True, text=True, check=False
    )
    return ran.stderr


def test_a_service_that_a_function_asks_for_is_in_the_layer() -> None:
    asked = {
        name
        for folder in ("functions", "ivskit")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r'(?:now|later|make_client)\(\s*"([\w-]+)"', path.read_text())
    }

    assert asked | {"sts"} == set(SERVICES)


def _installed(folder: Path) -> dict[str, str]:
    """The version of each distribution in this folder."""
    found = (path.stem.split("-") for path in folder.glob("*.dist-info"))
    return {canonicalize_name(name): version for name, version in found}


def test_what_uv_says_stops_the_build(sources: Path, tmp_path: Path) -> None:
    (sources / "layer.txt").write_text("boto3==1.44.5\n")

    with pytest.raises(LayerNotBuilt) as stopped:
        build_layer(tmp_path / "built", Settings())

    assert str(stopped.value.code).startswith("the layer could not be built:\nerror: ")
    assert "hash" in str(stopped.value.code)
    assert not (tmp_path / "built/python/ivskit").exists()


def test_the_same_sources_make_the_same_hash(sources: Path) -> None:
    copied = layer_hash(Settings())
    (sources / "ivskit/__pycache__").mkdir(exist_ok=True)
    (sources / "ivskit/__pycache__/names.cpython-313.pyc").write_bytes(b"compiled")

    assert layer_hash(Settings()) == copied


@pytest.mark.parametrize(
    "changed", ["layer.txt", "ivskit/names.py", "ivskit/py.typed", "ivskit/new.py"]
)
def test_a_changed_source_changes_the_hash(sources: Path, changed: str) -> None:
    before = layer_hash(Settings())
    with (sources / changed).open("a") as file:
        file.write("# changed\n")

    assert layer_hash(Settings()) != before


def test_a_renamed_module_changes_the_hash(sources: Path) -> None:
    before = layer_hash(Settings())
    (sources / "ivskit/names.py").rename(sources / "ivskit/nameds.py")

    assert layer_hash(Settings()) != before


def test_another_builder_runtime_or_architecture_is_another_layer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = [
        layer_hash(Settings()),
        layer_hash(Settings(runtime="python3.12")),
        layer_hash(Settings(architecture="x86_64")),
    ]
    builder = tmp_path / "layer.py"
    builder.write_text("another builder")
    monkeypatch.setattr(layer, "__file__", str(builder))

    assert len({*hashes, layer_hash(Settings())}) == 4


def test_without_the_layer_nothing_is_built(synthesized: Synthesized) -> None:
    """Its hash is in the template all the same, as the test of a deploy shows."""
    key = key_of(synthesized, "ivskit")

    assert synthesized.asset(key) == layer.PACKAGE
    assert list(synthesized.folder.glob("asset.*")) == []


def test_requirements_pin_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    for line in (*project["dependencies"], *project["optional-dependencies"]["lambda"]):
        asked = Requirement(line)
        assert asked.specifier.contains(PINNED[asked.name]), line


def test_requirements_are_hashed_and_name_no_host_and_no_folder() -> None:
    text = layer.REQUIREMENTS.read_text()

    assert all(
        f"{name}=={version} \\\n    --hash=sha256:" in text for name, version in PINNED.items()
    )
    assert not re.search(r"://|--index|--find-links|file:|^/", text, re.MULTILINE)
