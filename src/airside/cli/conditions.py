"""What `airside wait` waits for, and whether an object is there yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from airside.cli.errors import CommandError

Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Gone:
    """`--for=delete`"""


@dataclass(frozen=True, slots=True)
class Created:
    """`--for=create`"""


@dataclass(frozen=True, slots=True)
class Condition:
    """`--for=condition=Ready`, or `--for=condition=Ready=false`."""

    type: str
    status: str


@dataclass(frozen=True, slots=True)
class Field:
    """`--for=jsonpath={.status.phase}=Running`; `value` None: any value will do."""

    path: tuple[str, ...]
    value: str | None


Goal = Gone | Created | Condition | Field


def parse_goal(text: str) -> Goal:
    """Raises CommandError."""
    word, _, rest = text.partition("=")
    match word:
        case "delete" if not rest:
            return Gone()
        case "create" if not rest:
            return Created()
        case "condition" if rest:
            type_, _, status = rest.partition("=")
            return Condition(type_, status or "true")
        case "jsonpath" if rest:
            return _parse_field(rest)
    raise CommandError(f"--for={text}: expected condition=Ready, jsonpath={{.status.phase}}=Running, create or delete")


def _parse_field(text: str) -> Field:
    path, _, value = text.strip("'\"").partition("=")
    path = path.removeprefix("{").removesuffix("}")
    steps = path.removeprefix(".").split(".")
    if not all(step.isidentifier() for step in steps):
        raise CommandError(f"--for=jsonpath={text}: only plain paths are understood, such as {{.status.phase}}=Running")
    return Field(tuple(steps), value.strip("'\"") if value else None)


def is_met(goal: Goal, raw: Raw | None) -> bool:
    """`raw` None: the object is not there."""
    if raw is None:
        return isinstance(goal, Gone)
    match goal:
        case Gone():
            return False
        case Created():
            return True
        case Condition():
            return _condition_status(raw, goal.type).lower() == goal.status.lower() and _is_current(raw)
        case Field():
            found = _find(raw, goal.path)
            return found is not None and goal.value in (None, _text(found))


def _condition_status(raw: Raw, wanted: str) -> str:
    conditions = _find(raw, ("status", "conditions"))
    for condition in conditions if isinstance(conditions, list) else ():
        if isinstance(condition, Mapping) and str(condition.get("type", "")).lower() == wanted.lower():
            return str(condition.get("status", ""))
    return ""


def _is_current(raw: Raw) -> bool:
    """A condition that speaks of an older generation says nothing yet."""
    generation, observed = _find(raw, ("metadata", "generation")), _find(raw, ("status", "observedGeneration"))
    return not isinstance(generation, int) or not isinstance(observed, int) or observed >= generation


def _find(raw: object, path: tuple[str, ...]) -> object | None:
    for step in path:
        if not isinstance(raw, Mapping):
            return None
        raw = raw.get(step)
    return raw


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
