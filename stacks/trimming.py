"""Takes out of the layer what no function loads.

It is not the bytes that count: botocore looks through the folders of all services and reads the
endpoints of all of them whenever it makes its first client, and pydantic_core evaluates hundreds of
annotations that only type checkers read.
"""

import ast
import gzip
import json
import shutil
from pathlib import Path
from typing import Any, TypeGuard

# What functions call, and sts for whoever assumes a role. A test starts every function on the
# trimmed layer and has it make every client.
SERVICES = (
    "cloudwatch",
    "dynamodb",
    "events",
    "ivs",
    "s3",
    "scheduler",
    "secretsmanager",
    "service-quotas",
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
# Where botocore wants the documentation: a client whose service has such parameters, like s3, reads
# it at the first call.
_DOCUMENTED = "clientContextParams"
# What tools that look for vulnerable packages read.
_OF_DISTRIBUTIONS = ("METADATA", "licenses")


def trim(python: Path) -> None:
    """Trim the packages of ivskit's layer in this folder."""
    trim_packages(python)
    _trim_models(python / "botocore" / "data")
    schemas = python / "pydantic_core" / "core_schema.py"
    schemas.write_text(_without_fields(schemas.read_text()))


def trim_packages(python: Path) -> None:
    """Trim any packages in this folder."""
    for name in _UNUSED:
        shutil.rmtree(python / name, ignore_errors=True)
    for stub in python.rglob("*.pyi"):
        stub.unlink()
    for distribution in python.glob("*.dist-info"):
        _keep(distribution, _OF_DISTRIBUTIONS)


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
        name: value if name == _DOCUMENTED else _without_documentation(value)
        for name, value in model.items()
        # A member of that name is described by an object.
        if name != "documentation" or not isinstance(value, str)
    }


def _without_fields(source: str) -> str:
    """The module without the fields of its typed dicts, on the same lines."""
    lines = source.splitlines()
    for definition in ast.parse(source).body:
        if _is_typed_dict(definition):
            for field in definition.body:
                if isinstance(field, ast.AnnAssign):
                    begin, end = field.lineno - 1, field.end_lineno or field.lineno
                    lines[begin:end] = [" " * field.col_offset + "pass", *[""] * (end - begin - 1)]
    return "\n".join([*lines, ""])


def _is_typed_dict(definition: ast.stmt) -> TypeGuard[ast.ClassDef]:
    if not isinstance(definition, ast.ClassDef):
        return False
    return any(isinstance(base, ast.Name) and base.id == "TypedDict" for base in definition.bases)


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")))
