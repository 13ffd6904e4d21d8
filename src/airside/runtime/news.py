"""Events of a pod, as `kubectl describe` shows them; the same news again only counts up."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from airside.resources.fields import format_time
from airside.resources.pod import Pod

Importance = Literal["Normal", "Warning"]


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to a pod, or to one of its containers."""

    reason: str
    message: str
    importance: Importance = "Normal"
    container: str = ""


def build_event(pod: Pod, news: News, count: int, first: datetime, last: datetime) -> dict[str, object]:
    """The Event object; its name follows from what it says, so that saying it again finds it."""
    digest = hashlib.sha256(f"{pod.metadata.uid} {news}".encode()).hexdigest()[:16]
    field = f"spec.containers{{{news.container}}}" if news.container else ""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{pod.metadata.name}.{digest}", "namespace": pod.metadata.namespace},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "name": pod.metadata.name,
            "namespace": pod.metadata.namespace,
            "uid": pod.metadata.uid,
            **({"fieldPath": field} if field else {}),
        },
        "reason": news.reason,
        "message": news.message[:1024],
        "type": news.importance,
        "count": count,
        "firstTimestamp": format_time(first.replace(microsecond=0)),
        "lastTimestamp": format_time(last.replace(microsecond=0)),
        "source": {"component": "airside-agent", "host": "airside"},
        "reportingComponent": "airside-agent",
        "reportingInstance": "airside",
    }
