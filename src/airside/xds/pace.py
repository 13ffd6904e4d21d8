"""When the next response of a type may go: at once when nothing is open, so that a burst merges while a push is in flight.

Envoy withholds its acknowledgement of clusters until all of them are warm (a slow name server can take seconds), so an open response is
not waited for longer than PATIENCE: then the next one goes too, up to OPEN_LIMIT, which bounds what a client that never answers can hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

PATIENCE = timedelta(milliseconds=250)
OPEN_LIMIT = 8


def due_at(sent: Sequence[float]) -> float | None:
    """From when on another response may go, given when the open ones went (seconds, oldest first). None: not before an answer."""
    if not sent:
        return float("-inf")
    if len(sent) >= OPEN_LIMIT:
        return None
    return sent[-1] + PATIENCE.total_seconds()
