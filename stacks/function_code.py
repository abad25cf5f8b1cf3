"""The asset of one function: its package alone, under its usual import path, with bytecode."""

import hashlib
import shutil
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from . import bytecode
from .bytecode import compile_for, interpreter
from .settings import Settings
from .sources import FUNCTIONS


def function_code(package: str, settings: Settings, *, folder: Path = FUNCTIONS) -> lambda_.Code:
    """The code of a package in the folder; only a deploy compiles it."""
    return lambda_.Code.from_asset(
        str(folder / package),
        asset_hash=code_hash(package, settings, folder=folder),
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=BundlingOptions(
            image=DockerImage.from_registry("docker-is-never-used"),
            local=_Bundling(package, settings, folder),
        ),
    )


def build_code(package: str, output: Path, settings: Settings, *, folder: Path = FUNCTIONS) -> None:
    """Put what Lambda unpacks under /var/task into the output folder."""
    no_bytecode = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(folder / package, output / package, ignore=no_bytecode, dirs_exist_ok=True)
    compile_for(settings.runtime, output, unpacked_at="/var/task")


def code_hash(package: str, settings: Settings, *, folder: Path = FUNCTIONS) -> str:
    """Changes with anything that the asset is made of or by."""
    compiled = "bytecode" if interpreter(settings.runtime) else "no bytecode"
    digest = hashlib.sha256(f"{package} {settings.runtime} {compiled}".encode())
    for path in (Path(__file__), Path(bytecode.__file__)):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    sources = (path for path in (folder / package).rglob("*") if "__pycache__" not in path.parts)
    for path in sorted(filter(Path.is_file, sources)):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@jsii.implements(ILocalBundling)
class _Bundling:
    """Copies and compiles on this machine, without Docker."""

    def __init__(self, package: str, settings: Settings, folder: Path) -> None:
        self._package = package
        self._settings = settings
        self._folder = folder

    # The stubs announce the options as keywords; jsii passes them as one object.
    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        """Fill the folder; the CDK calls this only when it needs the asset itself."""
        build_code(self._package, Path(output_dir), self._settings, folder=self._folder)
        return True
