"""A task's parameters: from plain data (YAML, keyword arguments) to a task, and back."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from ...data.codebook import code_text
from ...data.errors import RequestError, UnknownNameError

if TYPE_CHECKING:
    from .task import Task

__all__ = ["plain_settings", "setting_names", "settings_of"]


def setting_names(kind: type[Task]) -> tuple[str, ...]:
    """Names of a task's parameters; its prefix is not one of them."""
    return tuple(f.name for f in dataclasses.fields(kind) if f.name != "prefix")


def settings_of(kind: type[Task], given: Mapping[str, Any]) -> dict[str, Any]:
    """Turn plain data into parameters of a task.

    Lists become tuples, whole numbers become floats where a float is wanted, mappings become the
    dataclass that the parameter holds.

    Raises:
        UnknownNameError: The task has no such parameter; the message suggests the nearest.
        RequestError: A value is of the wrong kind.
    """
    where = f"task {kind.name}"
    hints = _hints(kind)
    known = setting_names(kind)
    found = {}
    for name, value in given.items():
        if name not in known:
            raise UnknownNameError("parameter", str(name), known, where=where)
        found[name] = _value(hints[name], value, name, where)
    return found


def plain_settings(task: Task) -> dict[str, Any]:
    """The parameters that differ from the published design, as plain data."""
    return {
        f.name: _plain(getattr(task, f.name))
        for f in dataclasses.fields(task)
        if f.name != "prefix" and getattr(task, f.name) != f.default
    }


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _value(hint: Any, value: Any, name: str, where: str) -> Any:
    """One value as the annotation `hint` wants it."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in parts:
            return None
        wanted = [part for part in parts if part is not type(None)]
        for part in wanted[:-1]:
            try:
                return _value(part, value, name, where)
            except RequestError:
                continue
        return _value(wanted[-1], value, name, where)
    if origin is Literal:
        if value not in parts or isinstance(value, bool) is not isinstance(parts[0], bool):
            words = ", ".join(str(part) for part in parts)
            raise RequestError(f"{name!r} is one of {words}, not {_shown(value)}", where=where)
        return value
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise RequestError(f"{name!r} is a list, not {_shown(value)}", where=where)
        if len(parts) == 2 and parts[1] is Ellipsis:
            return tuple(_value(parts[0], one, name, where) for one in value)
        if len(value) != len(parts):
            raise RequestError(
                f"{name!r} has {len(value)} entries where {len(parts)} are expected", where=where
            )
        return tuple(_value(p, one, name, where) for p, one in zip(parts, value, strict=True))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _object(hint, value, name, where)
    return _scalar(hint, value, name, where)


def _object(kind: type, value: Any, name: str, where: str) -> Any:
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise RequestError(f"{name!r} is {_shown(value)} where entries are expected", where=where)
    hints = _hints(kind)
    fields = [f for f in dataclasses.fields(kind) if f.init]
    known = [f.name for f in fields]
    found = {}
    for key, part in value.items():
        if key not in known:
            raise UnknownNameError(f"entry of {name!r}", str(key), known, where=where)
        found[key] = _value(hints[key], part, f"{name}: {key}", where)
    for field in fields:
        needed = (
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        )
        if needed and field.name not in found:
            raise RequestError(f"{name!r} does not say {field.name!r}", where=where)
    return kind(**found)


def _scalar(hint: Any, value: Any, name: str, where: str) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is bool and isinstance(value, bool):
        return value
    if hint is str and isinstance(value, str):
        return value
    if number and not abs(value) <= 1e15:
        raise RequestError(f"{name!r} is not a usable number", where=where)
    if hint is float and number:
        return float(value)
    if hint is int and number and float(value).is_integer():
        return int(value)
    kinds = {bool: "true or false", str: "text", float: "a number", int: "a whole number"}
    raise RequestError(f"{name!r} is {kinds.get(hint, hint)}, not {_shown(value)}", where=where)


def _shown(value: Any) -> str:
    if isinstance(value, (Mapping, list, tuple)) or value is None:
        return (
            "nothing"
            if value is None
            else "a list"
            if not isinstance(value, Mapping)
            else "entries"
        )
    return code_text(value) if isinstance(value, float) else repr(value)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: _plain(getattr(value, f.name))
            for f in dataclasses.fields(value)
            if f.init and getattr(value, f.name) != f.default
        }
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
