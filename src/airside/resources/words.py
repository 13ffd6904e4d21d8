"""How a value that was found is named to people."""

from __future__ import annotations

from collections.abc import Mapping


def named(value: object) -> str:
    """`the text "5"`, `the number 5`, `a list`; long text is cut."""
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return f"the boolean {str(value).lower()}"
        case str():
            return f'the text "{value if len(value) <= 40 else value[:37] + "..."}"'
        case int() | float():
            return f"the number {value}"
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return f"a {type(value).__name__}"
