"""What the models of IVS's answers have in common."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """Something IVS says: frozen, fields it adds later ignored, no value in an error."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        hide_input_in_errors=True,
        # A model that a function never meets costs nothing at its cold start.
        defer_build=True,
    )

    @classmethod
    def said(cls, answer: object) -> Self:
        """The model of an answer, without fields that IVS has added since."""
        return cls.model_validate(answer, extra="ignore")


class Setting(Answer):
    """A part of a resource that callers also write: a misspelt field is refused."""

    model_config = ConfigDict(extra="forbid")

    def sent(self) -> dict[str, Any]:
        """As the API takes it."""
        return self.model_dump(by_alias=True, exclude_none=True)


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


def _none_if_empty(text: str | None) -> str | None:
    return text or None


Time = Annotated[AwareDatetime, AfterValidator(_utc)]
# IVS says "" where there is nothing to refer to.
Reference = Annotated[str | None, BeforeValidator(_none_if_empty)]
