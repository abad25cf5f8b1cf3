"""The base classes of the models of IVS's answers."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """An answer of IVS, or a part: frozen, ignores fields added later, shows no value in errors."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        hide_input_in_errors=True,
        # A model that a function never uses costs nothing at its cold start.
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
        """The setting as a parameter of the API."""
        return self.model_dump(by_alias=True, exclude_none=True)


def _utc(time: datetime) -> datetime:
    return time.astimezone(UTC)


def _none_if_empty(text: str | None) -> str | None:
    return text or None


Time = Annotated[AwareDatetime, AfterValidator(_utc)]
# IVS returns "" where nothing is referred to.
Reference = Annotated[str | None, BeforeValidator(_none_if_empty)]
