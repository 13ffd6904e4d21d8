"""Kubernetes' quantities: `500m`, `128Mi`, `1e3`; read, and written in their one canonical form."""

from __future__ import annotations

import re
from decimal import ROUND_UP, Context, Decimal

_SUFFIX = re.compile(r"([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$", re.ASCII)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_QUANTITY = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d{1,2})?", re.ASCII)
_POWERS = (18, 15, 12, 9, 6, 3, 0, -3, -6, -9)
_PRECISION = Context(prec=200)
_LONGEST = 60
"""Longer runs of digits are no amounts of anything; the precision holds all shorter ones exactly."""


_LARGEST = Decimal(2**63 - 1)
"""Kubernetes caps there."""


def is_quantity(text: str) -> bool:
    return len(text) <= _LONGEST and _QUANTITY.fullmatch(text) is not None


def parse_quantity(text: str) -> Decimal:
    """The amount. Raises ValueError for what is no quantity."""
    if not is_quantity(text):
        raise ValueError(f"not a quantity: {text!r}")
    number, suffix = _split(text)
    if suffix in _BINARY:
        amount = _PRECISION.multiply(Decimal(number), Decimal(1 << _BINARY[suffix]))
    else:
        amount = Decimal(number).scaleb(_DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:]), _PRECISION)
    return max(-_LARGEST, min(amount, _LARGEST))


def _split(text: str) -> tuple[str, str]:
    found = _SUFFIX.search(text)
    suffix = found[0] if found is not None else ""
    return text[: len(text) - len(suffix)], suffix


def canonical_quantity(text: str, finest: int = -9) -> str:
    """No fraction, the largest suffix of its own family that allows it: `1000m` is `1`, `1.5Gi` is `1536Mi`, `1e3` stays an exponent.

    `finest`: the power of ten that smaller parts are rounded up to; an API server keeps milli in a pod's resources.
    """
    _, suffix = _split(text)
    amount = parse_quantity(text)
    if suffix in _BINARY and abs(amount) >= 1024 and amount == int(amount):
        return _binary(int(amount))
    amount = amount.quantize(Decimal(1).scaleb(finest), ROUND_UP, _PRECISION)
    if amount == 0:
        return "0"
    power, number = next((power, int(scaled)) for power in _POWERS if (scaled := amount.scaleb(-power, _PRECISION)) == int(scaled))
    if suffix[:1] in ("e", "E") and len(suffix) > 1:
        return f"{number}e{power}" if power else str(number)
    return f"{number}{next(name for name, at in _DECIMAL.items() if at == power)}"


def _binary(amount: int) -> str:
    for suffix, bits in reversed(_BINARY.items()):
        if amount % 2**bits == 0:
            return f"{amount >> bits}{suffix}"
    return str(amount)
