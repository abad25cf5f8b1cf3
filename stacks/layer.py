"""The Lambda layer: the pinned requirements and the `ivskit` package, put together by uv."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from constructs import Construct
from uv import find_uv_bin

from . import bytecode, sources, trimming
from .bytecode import compile_for, interpreter
from .settings import Settings
from .trimming import trim

PACKAGE, REQUIREMENTS = sources.LIBRARY, sources.REQUIREMENTS
# Wheels for glibc 2.17 run on every Lambda runtime, python3.11 on Amazon Linux 2 included.
PLATFORMS = {"arm64": "aarch64-manylinux_2_17", "x86_64": "x86_64-manylinux_2_17"}


# What the layer is built by, beside this module.
BUILDERS = (bytecode.__file__, trimming.__file__)


class LayerNotBuilt(SystemExit):
    """Stops synth with what uv said; Docker is never tried instead."""


def ivskit_layer(scope: Construct, *, settings: Settings) -> lambda_.LayerVersion:
    """The layer for the runtime and architecture of the settings."""
    return lambda_.LayerVersion(
        scope,
        "Layer",
        description=f"ivskit and all it needs, for {settings.runtime} on {settings.architecture}",
        compatible_runtimes=[lambda_.Runtime(settings.runtime, lambda_.RuntimeFamily.PYTHON)],
        compatible_architectures=[lambda_.Architecture.custom(settings.architecture)],
        code=lambda_.Code.from_asset(
            str(PACKAGE),
            asset_hash=layer_hash(settings),
            asset_hash_type=AssetHashType.CUSTOM,
            bundling=BundlingOptions(
                image=DockerImage.from_registry("docker-is-never-used"),
                local=UvBundling(settings),
            ),
        ),
    )


@jsii.implements(ILocalBundling)
class UvBundling:
    """Builds the layer on this machine for the target's runtime and architecture."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    # The stubs announce the options as keywords; jsii passes them as one object.
    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        """Fill the folder; the CDK calls this only when it needs the layer itself."""
        build_layer(Path(output_dir), self._settings)
        return True


def build_layer(folder: Path, settings: Settings) -> None:
    """Put what Lambda unpacks under /opt into the folder; raises LayerNotBuilt."""
    python = folder / "python"
    install(python, REQUIREMENTS, settings)
    trim(python)
    shutil.copytree(PACKAGE, python / "ivskit", ignore=shutil.ignore_patterns("__pycache__"))
    is_compiled = compile_for(settings.runtime, python, unpacked_at="/opt/python")
    _report(folder, settings, is_compiled=is_compiled)


def install(python: Path, requirements: Path, settings: Settings) -> None:
    """Put the packages of a file with hashes into the folder; raises LayerNotBuilt."""
    done = subprocess.run(  # noqa: S603 - every argument is ours
        [
            *(find_uv_bin(), "pip", "install", "--quiet", "--target", str(python)),
            *("--python-version", settings.runtime.removeprefix("python")),
            *("--python-platform", PLATFORMS[settings.architecture]),
            *("--only-binary", ":all:", "--no-deps"),
            *("--require-hashes", "--requirements", str(requirements)),
        ],
        cwd=sources.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LayerNotBuilt(f"the layer could not be built:\n{done.stderr.strip()}")
    # uv's lock, and commands that carry this machine's paths.
    (python / ".lock").unlink(missing_ok=True)


def _report(folder: Path, settings: Settings, *, is_compiled: bool) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1_000_000
    text = f"ivskit: the layer has {size:.1f} MB in {len(files)} files"
    if not is_compiled:
        text += (
            f", and no bytecode: there is no {settings.runtime} on this machine. Every cold start"
            f" compiles it anew and takes about three times as long; install {settings.runtime}"
            " (for example with uv python install) and deploy again"
        )
    print(text, file=sys.stderr)


def layer_hash(settings: Settings) -> str:
    """Changes with anything that the layer is made of or by."""
    compiled = "bytecode" if interpreter(settings.runtime) else "no bytecode"
    about = f"{settings.runtime} {settings.architecture} {compiled}"
    digest = hashlib.sha256(about.encode())
    for path in (REQUIREMENTS, Path(__file__), *map(Path, BUILDERS)):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    package = (path for path in PACKAGE.rglob("*") if "__pycache__" not in path.parts)
    for path in sorted(filter(Path.is_file, package)):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
