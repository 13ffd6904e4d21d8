"""Pods for the runtime's tests, and what happens to them in a world without processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from airside.resources.pod import Pod
from airside.runtime.network import Placement
from airside.runtime.plan import Action, Assign, Drain, Kill, Publish, Remove, Start, Terminate
from airside.runtime.sandbox import Observed, Running

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
PLACE = Placement("127.20.0.1", {8080: 20300, 9090: 20301})

Raw = dict[str, object]


def container(name: str = "app", **fields: object) -> Raw:
    return {"name": name, "image": "airside/python", "command": ["app"], "ports": [{"containerPort": 8080, "name": "http"}], **fields}


def pod(*containers: Raw, sidecar: bool = True, **spec: object) -> Pod:
    """A pod named cpanel-1; with a sidecar unless told otherwise."""
    proxy = [{"name": "istio-proxy", "image": "airside/envoy"}] if sidecar else []
    return Pod.of(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "cpanel-1",
                "namespace": "default",
                "uid": "u-1",
                "labels": {"app": "cpanel"},
                "annotations": {"team": "control"},
            },
            "spec": {"containers": [*(containers or (container(),)), *proxy], "nodeName": "airside", **spec},
        }
    )


def do(action: Action, observed: Observed, now: datetime) -> Observed:
    """What becomes of the pod when everything an action asks for succeeds at once."""
    match action:
        case Assign():
            return replace(observed, place=PLACE)
        case Publish():
            return replace(observed, published=True)
        case Start(name):
            return observed.with_container(name, observed.seen(name).started(Running(now, "process://1", ready=True)))
        case Terminate(name):
            seen = observed.seen(name)
            assert isinstance(seen.state, Running)
            return observed.with_container(name, replace(seen, state=replace(seen.state, stopping=now)))
        case Kill(name):
            return observed.with_container(name, observed.seen(name).ended(137, now))
        case Drain():
            return replace(observed, draining=now)
        case Remove():
            return replace(observed, removed=True)


def do_all(actions: Sequence[Action], observed: Observed, now: datetime) -> Observed:
    for action in actions:
        observed = do(action, observed, now)
    return observed


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)
