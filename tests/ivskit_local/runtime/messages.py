"""Handlers for queue messages, and a queue's messages sent and counted."""

from ivskit_local.runtime.world import World

PRINT = """
def handler(batch, context):
    print(json.dumps(batch))
"""


FAIL_BAD_ONES = """
def handler(batch, context):
    print(time.time(), [record["body"] for record in batch["Records"]])
    bad = [record for record in batch["Records"] if record["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in bad]}
"""


RAISE = """
def handler(batch, context):
    print(time.time())
    raise ValueError("of no use")
"""


def send(world: World, queue: str, *bodies: str, **more: object) -> None:
    url = world.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    for body in bodies:
        world.client("sqs").send_message(QueueUrl=url, MessageBody=body, **more)


def left(world: World, queue: str) -> int:
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
    ]
    url = world.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    answer = world.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(map(int, answer["Attributes"].values()))
