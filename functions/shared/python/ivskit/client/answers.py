"""What the models of IVS's answers have in common."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """Something IVS says: frozen, fields it adds later ignored, no value in an error."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, validate_by_name=True, hide_input_in_errors=True
    )
