"""What every record in the memory is made of."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)


class Why(Record):
    """The cause of an action, and what its outcome says of it."""

    cause: str
    reason: str
    event_id: str
    stream_id: str | None = None
    sender: str | None = None
