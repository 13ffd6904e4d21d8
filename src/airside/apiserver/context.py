"""What the API server is given by whoever builds it: ids, time, and the parts of the control plane it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from airside.installation.home import Home

Raw = Mapping[str, object]
Json = dict[str, object]


class Mesh(Protocol):
    """The rest of the control plane, as the endpoints under /airside/v1 need it. Answers are JSON as it goes out."""

    async def applied(self, revision: int, since: int, timeout: float) -> Json:
        """Whether every proxy touched in (since, revision] has what it should; waits for it up to `timeout` seconds."""
        ...

    def proxies(self) -> list[Json]: ...

    async def query(self, text: str, at: float | None) -> Json:
        """As Prometheus' /api/v1/query answers. Raises ValueError, in the user's words, for a query that does not parse."""
        ...

    async def top(self, window: float) -> Json: ...


@dataclass(frozen=True)
class Context:
    """`admit_pod` gets a new pod and its namespace and gives the pod as it shall run; `node` is where pods that name none are placed."""

    home: Home
    token: str
    now: Callable[[], datetime]
    new_uid: Callable[[], str]
    new_suffix: Callable[[], str]
    admit_pod: Callable[[Raw, Raw], Raw]
    mesh: Mesh | None = None
    node: str = ""
