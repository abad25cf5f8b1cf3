"""A backend in Node, with AWS's own SDK, that knows nothing of the world but its address."""

import json

from tests.contracts.modules import Node
from tests.ivskit_local.dev.wires import served


def test_a_backend_in_node_rotates_a_key_and_reads_the_new_one(node: Node) -> None:
    with served() as world:
        said = node.run("backend.mjs", environment={"AWS_ENDPOINT_URL": world.address})

    assert said["outcome"]["cause"] == said["command"]
    assert said["currentKey"] != said["firstKey"]
    assert json.loads(said["secret"])["streamKey"] == said["currentKey"]
    assert said["errors"] == [
        "ResourceNotFoundException",
        "ResourceNotFoundException",
        "InvalidRegion",
    ]
    assert said["object"] == "content"
