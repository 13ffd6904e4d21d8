"""How long ago something was, as kubectl's columns say it: `5s`, `3m20s`, `4h`, `2d3h`."""

from __future__ import annotations

from datetime import UTC, datetime

UNKNOWN = "<unknown>"
_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400


def age_of(time: object, now: datetime) -> str:
    """The age of an RFC 3339 time; `<unknown>` of anything else."""
    if not isinstance(time, str):
        return UNKNOWN
    try:
        then = datetime.fromisoformat(time)
    except ValueError:
        return UNKNOWN
    return format_age(int((now - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds()))


def format_age(seconds: int) -> str:
    """Two units while small, one when large: apimachinery's HumanDuration."""
    if seconds < -1:
        return "<invalid>"
    seconds = max(seconds, 0)
    if seconds < 2 * _MINUTE:
        return f"{seconds}s"
    if seconds < 3 * _HOUR:
        return _two(seconds, _MINUTE, "m", 1, "s") if seconds < 10 * _MINUTE else f"{seconds // _MINUTE}m"
    if seconds < 2 * _DAY:
        return _two(seconds, _HOUR, "h", _MINUTE, "m") if seconds < 8 * _HOUR else f"{seconds // _HOUR}h"
    if seconds < 2 * _YEAR:
        return _two(seconds, _DAY, "d", _HOUR, "h") if seconds < 8 * _DAY else f"{seconds // _DAY}d"
    return _two(seconds, _YEAR, "y", _DAY, "d") if seconds < 8 * _YEAR else f"{seconds // _YEAR}y"


def _two(seconds: int, large: int, large_unit: str, small: int, small_unit: str) -> str:
    rest = seconds % large // small
    return f"{seconds // large}{large_unit}{rest}{small_unit}" if rest else f"{seconds // large}{large_unit}"
