"""The asset of one function: its package alone, under its usual import path, with bytecode."""

import hashlib
import shutil
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from stacks import bytecode
from stacks.bytecode import compile_for, interpreter
from stacks.layer import ROOT
from stacks.settings import Settings

FUNCTIONS = ROOT / "functions"


def function_code(package: str, settings: Settings) -> lambda_.Code:
    """The code of a package of `functions/`; only a deploy compiles it."""
    return lambda_.Code.from_asset(
        str(FUNCTIONS / package),
        asset_hash=code_hash(package, settings),
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=BundlingOptions(
            image=DockerImage.from_registry("docker-is-never-used"),
            local=_Bundling(package, settings),
        ),
    )


def build_code(package: str, folder: Path, settings: Settings) -> None:
    """Put what Lambda unpacks under /var/task into the folder."""
    no_bytecode = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(FUNCTIONS / package, folder / package, ignore=no_bytecode, dirs_exist_ok=True)
    compile_for(settings.runtime, folder, unpacked_at="/var/task")


def code_hash(package: str, settings: Settings) -> str:
    """Changes with anything that the asset is made of or by."""
    compiled = "bytecode" if interpreter(settings.runtime) else "no bytecode"
    digest = hashlib.sha256(f"{package} {settings.runtime} {compiled}".encode())
    for path in (Path(__file__), Path(bytecode.__file__)):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    sources = (path for path in (FUNCTIONS / package).rglob("*") if "__pycache__" not in path.parts)
    for path in sorted(filter(Path.is_file, sources)):
        digest.update(path.relative_to(FUNCTIONS).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@jsii.implements(ILocalBundling)
class _Bundling:
    """Copies and compiles on this machine, without Docker."""

    def __init__(self, package: str, settings: Settings) -> None:
        self._package = package
        self._settings = settings

    # The stubs announce the options as keywords; jsii passes them as one object.
    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        """Fill the folder; the CDK calls this only when it needs the asset itself."""
        build_code(self._package, Path(output_dir), self._settings)
        return True
