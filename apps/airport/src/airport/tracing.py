"""Tracing headers: what came with the request being served goes along with the calls made for it.

Whoever carries the calls makes the spans; a service only has to hand the identity on. A task started outside of any
request (or with a context of its own, as a camera's stream) hands nothing on, so that its calls begin traces of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar

_NAMES = frozenset(
    {
        b"x-request-id",
        b"traceparent",
        b"tracestate",
        b"baggage",
        b"b3",
        b"x-b3-traceid",
        b"x-b3-spanid",
        b"x-b3-parentspanid",
        b"x-b3-sampled",
        b"x-b3-flags",
        b"x-ot-span-context",
    }
)
_served: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("tracing_headers", default=())


def remember(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Take the tracing headers of a request (ASGI's lower-cased pairs) for the rest of this context."""
    _served.set(tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers if name in _NAMES))


def headers() -> tuple[tuple[str, str], ...]:
    """The tracing headers of the request being served."""
    return _served.get()


def request_id() -> str:
    return next((value for name, value in _served.get() if name == "x-request-id"), "")
