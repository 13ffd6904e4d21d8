"""Why a call failed: what the server said, as values a caller can tell apart.

ClientError
  Unreachable       nobody answers at that address, or the connection broke
  Refused           the server answered with a Status; `status` has its reason, message and causes
    NotFound        404
    AlreadyExists   409, a create of what is there
    Conflict        409, the object moved on
    Invalid         400 and 422: the object is wrong; `status.causes` name the fields
    Expired         410, the revision is too old: list again
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """One field that is wrong."""

    reason: str
    message: str
    field: str


@dataclass(frozen=True, slots=True)
class Status:
    """Kubernetes' answer to a call that failed."""

    code: int
    reason: str
    message: str
    name: str = ""
    kind: str = ""
    causes: tuple[Cause, ...] = ()

    @classmethod
    def parse(cls, code: int, raw: object) -> Status:
        """The Status in an answer's body; whatever else a body is becomes the message."""
        if isinstance(raw, dict) and isinstance(raw.get("error"), str):  # Prometheus' form
            return cls(code, "", raw["error"])
        if not isinstance(raw, dict) or raw.get("kind") != "Status":
            return cls(code, "", str(raw) if raw else f"the server answered {code}")
        details = raw.get("details") or {}
        causes = tuple(Cause(c.get("reason", ""), c.get("message", ""), c.get("field", "")) for c in details.get("causes") or ())
        return cls(
            raw.get("code") or code, raw.get("reason", ""), raw.get("message", ""), details.get("name", ""), details.get("kind", ""), causes
        )


class ClientError(Exception):
    """A call that did not succeed; the classes below are all there are."""


class Unreachable(ClientError):
    """Nobody answers; the message names the address."""


class Refused(ClientError):
    """The server answered no."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status


class NotFound(Refused):
    pass


class AlreadyExists(Refused):
    pass


class Conflict(Refused):
    pass


class Invalid(Refused):
    pass


class Expired(Refused):
    pass


def refusal(status: Status) -> Refused:
    """The error a Status stands for."""
    match status.code:
        case 404:
            return NotFound(status)
        case 409:
            return AlreadyExists(status) if status.reason == "AlreadyExists" else Conflict(status)
        case 400 | 422:
            return Invalid(status)
        case 410:
            return Expired(status)
        case _:
            return Refused(status)
