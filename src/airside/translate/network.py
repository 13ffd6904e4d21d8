"""Network modes: how calls get into and out of an Envoy. Clusters and routes are the same in all; listeners differ."""

from __future__ import annotations

from enum import StrEnum


class NetworkMode(StrEnum):
    """`loopback`: an HTTP proxy on the pod's own loopback address. `netns`, interception, takes its place beside it."""

    LOOPBACK = "loopback"
