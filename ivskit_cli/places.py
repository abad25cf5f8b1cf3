"""Options that name where a channel may be watched."""

from typing import Annotated

from cyclopts import Parameter

Countries = Annotated[
    str, Parameter(metavar="DE,AT", help="the countries in which it plays, by ISO 3166-1 codes")
]
Origins = Annotated[
    str, Parameter(metavar="URL,URL", help="the sites on which it plays, such as https://a.example")
]
Policy = Annotated[
    str | None, Parameter(metavar="NAME", help="as this policy of restrictions.policies says")
]


def listed(text: str) -> tuple[str, ...]:
    """What an option lists, at commas or blanks."""
    return tuple(text.replace(",", " ").split())
