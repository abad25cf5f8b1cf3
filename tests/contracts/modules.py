"""Node, and the compiler of TypeScript, with the packages of package.json."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Node:
    """Runs what finds its packages in a folder."""

    packages: Path

    def run(
        self,
        module: str,
        *arguments: object,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Any:
        """What a module of this folder prints, as JSON."""
        done = subprocess.run(
            [BIN / "node", "--input-type=module", "-", *map(str, arguments)],
            # A module from standard input finds the packages of the folder it is started in.
            cwd=self.packages,
            env={**os.environ, "AWS_REGION": os.environ["AWS_DEFAULT_REGION"], **environment},
            input=(HERE / module).read_text(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def compile(self, *arguments: object) -> None:
        """Run the compiler, which must find nothing wrong."""
        compiler = self.packages / "node_modules" / "typescript" / "bin" / "tsc"
        done = subprocess.run(
            [BIN / "node", compiler, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
