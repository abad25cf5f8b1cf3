"""Takes out of the layer what no function loads.

It is not the bytes that count: botocore looks through the folders of all services and reads the
endpoints of all of them whenever it makes its first client.
"""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

# What functions call, and sts for whoever assumes a role. A test starts every function on the
# trimmed layer and has it make every client.
SERVICES = (
    "dynamodb",
    "events",
    "ivs",
    "s3",
    "scheduler",
    "secretsmanager",
    "sqs",
    "ssm",
    "sts",
)
# Folders that nothing imports: REST routers, examples, other programs' plugins, resources.
_UNUSED = (
    "aws_lambda_powertools/event_handler",
    "bin",
    "boto3/data",
    "boto3/examples",
    "botocore/docs/bcdoc/style",
)
# What tools that look for vulnerable packages read.
_OF_DISTRIBUTIONS = ("METADATA", "licenses")


def trim(python: Path) -> None:
    """Trim the packages in this folder."""
    for name in _UNUSED:
        shutil.rmtree(python / name, ignore_errors=True)
    for stub in python.rglob("*.pyi"):
        stub.unlink()
    for distribution in python.glob("*.dist-info"):
        _keep(distribution, _OF_DISTRIBUTIONS)
    _trim_models(python / "botocore" / "data")


def _keep(folder: Path, names: tuple[str, ...]) -> None:
    for path in folder.iterdir():
        if path.name not in names:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _trim_models(data: Path) -> None:
    for path in data.iterdir():
        if path.is_dir() and path.name not in SERVICES:
            shutil.rmtree(path)
    for service in SERVICES:
        # Raises where this botocore does not know the service.
        *older, newest = sorted(path for path in (data / service).iterdir() if path.is_dir())
        for version in older:
            shutil.rmtree(version)
        _trim_model(newest)
    endpoints = json.loads((data / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in SERVICES if name in services}
    _write(data / "endpoints.json", endpoints)


def _trim_model(version: Path) -> None:
    for path in version.glob("examples-*"):
        path.unlink()
    for path in version.glob("*.json.gz"):
        model = json.loads(gzip.decompress(path.read_bytes()))
        _write(path.with_suffix(""), _without_documentation(model))
        path.unlink()


def _without_documentation(model: Any) -> Any:
    if isinstance(model, list):
        return [_without_documentation(each) for each in model]
    if not isinstance(model, dict):
        return model
    return {
        name: _without_documentation(value)
        for name, value in model.items()
        # A member of that name is described by an object.
        if name != "documentation" or not isinstance(value, str)
    }


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")))
