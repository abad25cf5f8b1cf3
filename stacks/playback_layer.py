"""The layer that makes key pairs, of the one function that does: it would slow all others down."""

import hashlib
from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from . import layer, sources
from .bytecode import compile_for, interpreter
from .settings import Settings
from .trimming import trim_packages


def playback_layer(scope: Construct, *, settings: Settings) -> lambda_.LayerVersion:
    """The layer for the runtime and architecture of the settings."""
    return lambda_.LayerVersion(
        scope,
        "PlaybackLayer",
        description=f"cryptography, for {settings.runtime} on {settings.architecture}",
        compatible_runtimes=[lambda_.Runtime(settings.runtime, lambda_.RuntimeFamily.PYTHON)],
        compatible_architectures=[lambda_.Architecture.custom(settings.architecture)],
        code=lambda_.Code.from_asset(
            str(sources.PLAYBACK_REQUIREMENTS.parent),
            asset_hash=playback_layer_hash(settings),
            asset_hash_type=AssetHashType.CUSTOM,
            bundling=BundlingOptions(
                image=DockerImage.from_registry("docker-is-never-used"),
                local=_Bundling(settings),
            ),
        ),
    )


def build_playback_layer(folder: Path, settings: Settings) -> None:
    """Put what Lambda unpacks under /opt into the folder; raises LayerNotBuilt."""
    python = folder / "python"
    layer.install(python, sources.PLAYBACK_REQUIREMENTS, settings)
    trim_packages(python)
    compile_for(settings.runtime, python, unpacked_at="/opt/python")


def playback_layer_hash(settings: Settings) -> str:
    """Changes with anything that the layer is made of or by."""
    compiled = "bytecode" if interpreter(settings.runtime) else "no bytecode"
    about = f"{settings.runtime} {settings.architecture} {compiled}"
    digest = hashlib.sha256(about.encode())
    builders = (Path(__file__), Path(layer.__file__), *map(Path, layer.BUILDERS))
    for path in (sources.PLAYBACK_REQUIREMENTS, *builders):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@jsii.implements(ILocalBundling)
class _Bundling:
    """Builds the layer on this machine for the target's runtime and architecture."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    # The stubs announce the options as keywords; jsii passes them as one object.
    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        """Fill the folder; the CDK calls this only when it needs the layer itself."""
        build_playback_layer(Path(output_dir), self._settings)
        return True
