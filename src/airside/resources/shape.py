"""What the models say of themselves: which fields a place has, and which steps of an error's place are the object's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel

Steps = tuple[str | int, ...]


def known_fields(model: type[BaseModel], steps: Steps) -> list[str]:
    """The fields, as the wire names them, of the part that `steps` lead to; none where anything may stand."""
    part = _part_at(model, steps)
    return [field.alias or name for name, field in part.model_fields.items()] if part is not None else []


def steps_to_fields(model: type[BaseModel], steps: Steps) -> Steps:
    """The steps that stand in the object. Where pydantic adds marks of its own (the key of a map), they are left out."""
    return tuple(step for step in steps if step != "[key]")


def _part_at(model: type[BaseModel], steps: Steps) -> type[BaseModel] | None:
    here: object = model
    for step in steps:
        part = _part_of(here)
        if part is None:
            here = _value_type(here)
        else:
            here = next((field.annotation for name, field in part.model_fields.items() if (field.alias or name) == step), None)
    return _part_of(here)


def _bare(annotation: object) -> Iterator[object]:
    """An annotation without Annotated and None."""
    if get_origin(annotation) is Annotated:
        yield from _bare(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for option in get_args(annotation):
            yield from _bare(option)
    elif annotation is not type(None):
        yield annotation


def _part_of(annotation: object) -> type[BaseModel] | None:
    """The model that stands there itself; of a list or map, none."""
    for option in _bare(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None


def _value_type(annotation: object) -> object:
    """What the elements of a list or the values of a map are."""
    for option in _bare(annotation):
        origin, arguments = get_origin(option), get_args(option)
        if origin is tuple:
            return arguments[0]
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return arguments[1]
    return None
