"""The configuration of a service: its environment variables, read by name and by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_TRUE = frozenset({"1", "on", "true", "yes"})
_FALSE = frozenset({"", "0", "off", "false", "no"})


class BadSetting(SystemExit):
    """A variable that cannot be understood ends the service before it serves; the text names variable and value."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Environment variables; an empty one counts as not set."""

    values: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name) or default

    def number(self, name: str, default: float = 0.0) -> float:
        given = self.text(name)
        if not given:
            return default
        try:
            number = float(given)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise BadSetting(f"{name}={given}: expected a number, zero or more")
        return number

    def whole(self, name: str, default: int = 0) -> int:
        number = self.number(name, default)
        if number != int(number):
            raise BadSetting(f"{name}={self.text(name)}: expected a whole number")
        return int(number)

    def switch(self, name: str, default: bool = False) -> bool:
        given = self.text(name, "on" if default else "off").lower()
        if given not in _TRUE | _FALSE:
            raise BadSetting(f"{name}={given}: expected on or off")
        return given in _TRUE

    def choice(self, name: str, allowed: tuple[str, ...], default: str = "") -> str:
        given = self.text(name, default)
        if given and given not in allowed:
            raise BadSetting(f"{name}={given}: expected {' or '.join(allowed)}")
        return given
