"""UpdateItem on moto's tables, with expressions that moto has found valid once."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from moto.dynamodb.exceptions import ConditionalCheckFailed, ItemSizeToUpdateTooLarge
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from ivskit_local.runtime.direct.expressions import NotCompiled, condition, update
from ivskit_local.runtime.permissions import Place

Parameters = Mapping[str, Any]
# As moto has it, for keys and values together.
_LARGEST = 405_000
_KNOWN = {
    "TableName",
    "Key",
    "UpdateExpression",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValues",
    "ReturnValuesOnConditionCheckFailure",
}
_RETURNED = {"NONE", "ALL_NEW"}

# What the validity of a call depends on, beside the item and the values themselves.
_Form = tuple[Any, ...]
_MANY = 4096


class Updates:
    """The calls of UpdateItem that moto need not validate again."""

    def __init__(self) -> None:
        self._valid: set[_Form] = set()

    def carried_out(self, place: Place, parameters: Parameters) -> dict[str, Any]:
        """The answer to a call of a form that is known to be valid.

        Raises NotCompiled if moto must decide, with nothing changed, and ConditionalCheckFailed.
        """
        table = _table(place, parameters)
        if _form(table, parameters) not in self._valid:
            raise NotCompiled("not yet validated")
        return _update(table, parameters)

    def note_valid(self, place: Place, parameters: Parameters) -> None:
        """moto has carried this call out."""
        if len(self._valid) > _MANY:
            self._valid.clear()
        self._valid.add(_form(_table(place, parameters), parameters))


def _table(place: Place, parameters: Parameters) -> Table:
    tables = dynamodb_backends[place.account][place.region].tables
    table: Table | None = tables.get(parameters["TableName"])
    if table is None or table.stream_shard is not None:
        raise NotCompiled("no such table, or one with a stream")
    return table


def _form(table: Table, parameters: Parameters) -> _Form:
    values = parameters.get("ExpressionAttributeValues", {})
    return (
        frozenset(parameters),
        tuple(table.attribute_keys),
        tuple(index.name for index in table.global_indexes),
        parameters.get("UpdateExpression"),
        parameters.get("ConditionExpression"),
        _names(parameters),
        tuple((name, *value) for name, value in sorted(values.items())),
        tuple((name, *value) for name, value in sorted(parameters["Key"].items())),
        parameters.get("ReturnValues"),
    )


def _names(parameters: Parameters) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(parameters.get("ExpressionAttributeNames", {}).items()))


def _update(table: Table, parameters: Parameters) -> dict[str, Any]:
    if not parameters.keys() <= _KNOWN or parameters.get("ReturnValues", "NONE") not in _RETURNED:
        raise NotCompiled("other parameters")
    given = parameters.get("ExpressionAttributeValues", {})
    if any(value in ({"S": ""}, {"B": b""}) for value in given.values()):
        raise NotCompiled("an empty value, which no key may have")
    values = {name: DynamoType(value) for name, value in given.items()}
    item = _item(table, parameters["Key"])
    before = item.attrs if item else {}
    names = _names(parameters)
    holds = condition(parameters.get("ConditionExpression"), names)(before, values)
    planned = update(parameters["UpdateExpression"], names)
    changed = {name: _value(operand(before, values)) for name, operand in planned.sets}
    if not holds:
        raise _refused(item, parameters)
    item = item or _new_item(table, parameters["Key"])
    after = {name: value for name, value in item.attrs.items() if name not in planned.removes}
    after |= changed
    if sum(len(name.encode()) + value.size() for name, value in after.items()) > _LARGEST:
        raise ItemSizeToUpdateTooLarge
    dict.clear(item.attrs)
    dict.update(item.attrs, after)
    answer: dict[str, Any] = {
        "ConsumedCapacity": {"TableName": parameters["TableName"], "CapacityUnits": 0.5}
    }
    if parameters.get("ReturnValues") == "ALL_NEW":
        answer["Attributes"] = {name: plain(value) for name, value in item.attrs.items()}
    return answer


def plain(value: DynamoType) -> dict[str, Any]:
    """The value as an SDK has it, sharing nothing with the item."""
    if value.is_map():
        return {"M": {name: plain(each) for name, each in value.value.items()}}
    if value.is_list():
        return {"L": [plain(each) for each in value.value]}
    return {value.type: list(value.value) if value.is_set() else value.value}


def _value(value: DynamoType | None) -> DynamoType:
    if value is None:
        raise NotCompiled("an attribute that the item does not have")
    return deepcopy(value)


def _item(table: Table, key: Parameters) -> Item | None:
    hash_key = DynamoType(key[table.hash_key_attr])
    of_range = key.get(table.range_key_attr) if table.range_key_attr else None
    return table.get_item(hash_key, DynamoType(of_range) if of_range else None)


def _new_item(table: Table, key: Parameters) -> Item:
    table.put_item(dict(key))
    made = _item(table, key)
    if made is None:
        raise NotCompiled("moto kept no such item")
    return made


def _refused(item: Item | None, parameters: Parameters) -> ConditionalCheckFailed:
    if item and parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
        return ConditionalCheckFailed(item=item.to_json()["Attributes"])
    return ConditionalCheckFailed()
