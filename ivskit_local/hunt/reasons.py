"""Every reason that a function can give, as its code says it.

A reason is what the code passes as `reason` (or `why`, `because`, `errors`) to a decision, an
outcome or a function, what a function returns that returns a text, or the text of an error. Found
in the syntax tree, with … for what differs from case to case.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import ivskit
from ivskit_local.hunt.coverage import VARIES
from ivskit_local.runtime.look_agains import PURPOSES

_NAMED = {"reason", "why", "because", "errors", "refusal", "sentence"}
# Modules of the library that give reasons.
_OF_THE_LIBRARY = ("automation", "policy", "commands/lateness.py", "pause_state.py")
_WORD = re.compile(r"[a-z]{2,}")
_FEWEST_WORDS = 2
_PURPOSES = {one for each in PURPOSES.values() for one in each}


def all_reasons(functions: Path) -> Sequence[str]:
    """The reasons that the functions in this folder can give, and the library for them."""
    library = Path(ivskit.__file__).parent
    shared = [*_modules(library / each for each in _OF_THE_LIBRARY)]
    found = {*_Package(shared).reasons()}
    for folder in (each for each in functions.iterdir() if each.is_dir()):
        found.update(_Package([*_modules([folder])], beside=shared).reasons())
    return sorted(found)


def _modules(places: Iterable[Path]) -> Iterator[ast.Module]:
    for place in places:
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            yield ast.parse(file.read_text(encoding="utf-8"))


class _Package:
    """Modules that share their decisions, constants and functions."""

    def __init__(self, modules: Sequence[ast.Module], beside: Sequence[ast.Module] = ()) -> None:
        self._modules = modules
        every = [*beside, *modules]
        # By the name of what is called: the place of the argument that is a reason.
        self._places = dict(_places(node for module in every for node in ast.walk(module)))
        self._constants = dict(each for module in every for each in _assigned(module.body))

    def reasons(self) -> Iterator[str]:
        """The texts that are reasons."""
        for module in self._modules:
            for node in ast.walk(module):
                for value in (*self._passed(node), *_said(node)):
                    yield from filter(_is_a_sentence, self._texts(value))

    def _passed(self, node: ast.AST) -> Iterator[ast.expr]:
        if isinstance(node, ast.Call):
            yield from (each.value for each in node.keywords if each.arg in _NAMED)
            place = self._places.get(_name(node.func))
            yield from node.args[place : place + 1] if place is not None else ()

    def _texts(self, value: ast.expr) -> Iterator[str]:
        """The texts that an expression may be."""
        match value:
            case ast.JoinedStr(values=parts):
                yield "".join(_part(each) for each in parts)
            case ast.Constant(value=str(text)):
                yield text
            case _:
                for inner in (*_inside(value), *self._looked_up(value)):
                    yield from self._texts(inner)

    def _looked_up(self, value: ast.expr) -> Iterator[ast.expr]:
        """What a constant is, or holds."""
        match value:
            case ast.Subscript(value=ast.Name(id=name)):
                yield from _found(self._constants, name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get")):
                yield from _found(self._constants, name)
            case ast.Name(id=name):
                yield from _found(self._constants, name)


def _found(constants: Mapping[str, ast.expr], name: str) -> Sequence[ast.expr]:
    return [constants[name]] if name in constants else []


def _said(node: ast.AST) -> Iterator[ast.expr]:
    """What is a reason by what is done with it."""
    match node:
        case ast.Raise(exc=ast.Call(args=[said, *_])):
            yield said
        case ast.Dict():
            yield from _under_a_name(node)
        case ast.FunctionDef(returns=ast.expr() as returns):
            is_text = ast.unparse(returns) in ("str", "str | None")
            yield from _returned(node) if is_text else ()
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _NAMED:
            yield value
        case ast.AugAssign(value=value):
            yield value


def _under_a_name(node: ast.Dict) -> Iterator[ast.expr]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and key.value in _NAMED:
            yield value


def _places(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    for node in nodes:
        match node:
            case ast.ClassDef(name=name, body=body):
                fields = [each.target for each in body if isinstance(each, ast.AnnAssign)]
                named = [each.id for each in fields if isinstance(each, ast.Name)]
            case ast.FunctionDef(name=name, args=given):
                named = [each.arg for each in given.args if each.arg not in ("self", "cls")]
            case _:
                continue
        yield from ((name, place) for place, each in enumerate(named) if each in _NAMED)


def _assigned(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value


def _returned(function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value


def _inside(value: ast.expr) -> Sequence[ast.expr]:
    """What an expression is made of, where each may be the text or a part of it."""
    match value:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [left, right]
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.BoolOp(values=values) | ast.Dict(values=values):
            return values
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return elements
    return []


def _part(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else VARIES


def _name(called: ast.expr) -> str:
    match called:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_a_sentence(text: str) -> bool:
    words = [each for each in text.split() if _WORD.search(each)]
    return len(words) >= _FEWEST_WORDS and text not in _PURPOSES
