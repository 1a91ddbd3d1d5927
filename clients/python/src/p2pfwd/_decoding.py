"""Turns JSON objects into dataclasses, and checks them on the way."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, Dict, Mapping, Type, TypeVar, Union

from p2pfwd._errors import ProtocolError

T = TypeVar("T")

_known_hints: Dict[Type[Any], Dict[str, Any]] = {}
_ACRONYMS = {"id": "ID", "rtt": "RTT"}


def camel_case(name: str) -> str:
    """`minimum_rtt_microseconds` becomes `minimumRTTMicroseconds`."""
    first, *others = name.split("_")
    return first + "".join(_ACRONYMS.get(word, word.capitalize()) for word in others)


def decode(kind: Type[T], value: object, place: str = "the answer") -> T:
    """An instance of the dataclass `kind` from the members of an object.

    A field takes the member of its name in camelCase, or the one that its metadata names as
    `member`; one with `rest` takes the whole object. Members without a field are left alone, so
    that newer nodes can say more. A field without a default must be there.

    Raises ProtocolError if a member is missing or of another kind.
    """
    if not isinstance(value, Mapping):
        raise ProtocolError(f"{place} is not an object")
    hints = _hints(kind)
    arguments: Dict[str, Any] = {}
    # Dataclasses are what the callers pass.
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        if field.metadata.get("rest"):
            arguments[field.name] = dict(value)
            continue
        member = field.metadata.get("member", camel_case(field.name))
        if member in value:
            arguments[field.name] = _convert(hints[field.name], value[member], f"{place}.{member}")
        elif _is_required(field):
            raise ProtocolError(f"{place} has no member {member}")
    return kind(**arguments)


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return (
        field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING)


def _hints(kind: Type[Any]) -> Dict[str, Any]:
    if kind not in _known_hints:
        _known_hints[kind] = typing.get_type_hints(kind)
    return _known_hints[kind]


def _convert(hint: Any, value: Any, place: str) -> Any:
    if hint is Any:
        return value
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if origin is Union:
        # Only Optional is used.
        return None if value is None else _convert(parameters[0], value, place)
    if origin is list:
        _check(isinstance(value, list), "an array", place)
        return [
            _convert(parameters[0], item, f"{place}[{index}]") for index, item in enumerate(value)]
    if origin is dict:
        _check(isinstance(value, dict), "an object", place)
        return {
            name: _convert(parameters[1], item, f"{place}.{name}") for name, item in value.items()}
    if dataclasses.is_dataclass(hint):
        return decode(typing.cast(Type[Any], hint), value, place)
    if hint is float:
        _check(isinstance(value, (int, float)) and not isinstance(value, bool), "a number", place)
        return float(value)
    if hint is int:
        _check(isinstance(value, int) and not isinstance(value, bool), "a whole number", place)
    else:
        _check(isinstance(value, hint), f"of type {hint.__name__}", place)
    return value


def _check(holds: bool, wanted: str, place: str) -> None:
    if not holds:
        raise ProtocolError(f"{place} is not {wanted}")
