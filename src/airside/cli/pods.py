"""Which pods a command means: by name, by what they belong to, by label."""

from __future__ import annotations

from collections.abc import Mapping

from airside.cli.errors import CommandError
from airside.cli.get import name_of
from airside.cli.words import Wanted, parse_object
from airside.client.client import ApiClient
from airside.client.requests import Selection
from airside.resources.kinds import KINDS

Raw = Mapping[str, object]
PODS = next(kind for kind in KINDS if kind.kind == "Pod")
OWNERS = frozenset({"Pod", "Deployment", "ReplicaSet", "Service"})
SIDECAR = "istio-proxy"
DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"


def find_pods(client: ApiClient, words: list[str], namespace: str, labels: str = "") -> list[Raw]:
    """The pods of `POD`, `deploy/NAME`, `svc/NAME` or of labels, by name. Raises CommandError where there is none."""
    if not words:
        if not labels:
            raise CommandError("which pod? Say POD, deploy/NAME, or -l SELECTOR")
        return _listed(client, Selection(namespace, labels), labels)
    wanted = parse_object(words, OWNERS)
    if wanted.kind == PODS:
        return [client.get(PODS, wanted.name, namespace)]
    selector = _selector(client.get(wanted.kind, wanted.name, namespace), wanted)
    return _listed(client, Selection(namespace, selector), wanted.title)


def find_pod(client: ApiClient, words: list[str], namespace: str) -> Raw:
    """One pod: of several, the first that runs."""
    found = find_pods(client, words, namespace)
    return next((pod for pod in found if field(pod, "status", "phase") == "Running"), found[0])


def containers(pod: Raw) -> list[str]:
    """The names of its containers, the app's before the sidecar's."""
    listed = field(pod, "spec", "containers")
    names = [str(one.get("name", "")) for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return sorted(names, key=lambda name: name == SIDECAR)


def choose_container(pod: Raw, asked: str) -> str:
    """The one asked for, the annotated default, or the first that is no sidecar. Raises CommandError."""
    names = containers(pod)
    if asked and asked not in names:
        raise CommandError(f"container {asked} is not valid for pod {name_of(pod)}; it has {', '.join(names)}")
    default = field(pod, "metadata", "annotations")
    annotated = str(default.get(DEFAULT_CONTAINER, "")) if isinstance(default, Mapping) else ""
    return asked or (annotated if annotated in names else "") or (names[0] if names else "")


def field(raw: object, *path: str) -> object | None:
    for step in path:
        raw = raw.get(step) if isinstance(raw, Mapping) else None
    return raw


def _listed(client: ApiClient, selection: Selection, what: str) -> list[Raw]:
    found = sorted(client.list(PODS, selection).items, key=name_of)
    if not found:
        raise CommandError(f"no pods of {what} in {selection.namespace} namespace")
    return found


def _selector(owner: Raw, wanted: Wanted) -> str:
    selector = field(owner, "spec", "selector")
    labels = selector.get("matchLabels", selector) if isinstance(selector, Mapping) else {}
    if not isinstance(labels, Mapping) or not labels:
        raise CommandError(f"{wanted.title} selects no pods by labels")
    return ",".join(f"{name}={value}" for name, value in labels.items())
