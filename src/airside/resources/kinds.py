"""The kinds that are served: the one table of them, and how people and clients name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from airside.resources.apps import Deployment, ReplicaSet
from airside.resources.core import ConfigMap, Endpoints, Event, Namespace, Node, Pod, Secret, Service, ServiceAccount
from airside.resources.destination_rule import DestinationRule
from airside.resources.discovery import EndpointSlice
from airside.resources.gateway import Gateway
from airside.resources.objects import Object
from airside.resources.virtual_service import VirtualService

ISTIO_NETWORKING = "networking.istio.io"


@dataclass(frozen=True, slots=True)
class Kind:
    """One served kind. `versions` are the served ones, preferred first; the first is stored."""

    group: str
    kind: str
    plural: str
    singular: str
    short_names: tuple[str, ...]
    namespaced: bool
    versions: tuple[str, ...]
    model: type[Object]
    subresources: frozenset[str] = frozenset()
    categories: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """The stored form's, as objects write it: `v1`, `apps/v1`."""
        return self.api_version_of(self.versions[0])

    def api_version_of(self, version: str) -> str:
        return f"{self.group}/{version}" if self.group else version

    @property
    def resource(self) -> str:
        """`deployments.apps`, `pods`: unambiguous, as kubectl prints it in errors."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def title(self) -> str:
        """`deployment.apps/x` without the name: how kubectl names an object of it."""
        return f"{self.singular}.{self.group}" if self.group else self.singular


_STATUS = frozenset({"status"})
_SCALED = frozenset({"status", "scale"})
_ISTIO = ("v1", "v1beta1", "v1alpha3")
_ALL = ("all",)
_ISTIO_CATEGORIES = ("istio-io", "networking-istio-io")

KINDS: tuple[Kind, ...] = (
    Kind("", "ConfigMap", "configmaps", "configmap", ("cm",), True, ("v1",), ConfigMap),
    Kind("", "Endpoints", "endpoints", "endpoints", ("ep",), True, ("v1",), Endpoints),
    Kind("", "Event", "events", "event", ("ev",), True, ("v1",), Event),
    Kind("", "Namespace", "namespaces", "namespace", ("ns",), False, ("v1",), Namespace, _STATUS),
    Kind("", "Node", "nodes", "node", ("no",), False, ("v1",), Node, _STATUS),
    Kind("", "Pod", "pods", "pod", ("po",), True, ("v1",), Pod, _STATUS, _ALL),
    Kind("", "Secret", "secrets", "secret", (), True, ("v1",), Secret),
    Kind("", "Service", "services", "service", ("svc",), True, ("v1",), Service, _STATUS, _ALL),
    Kind("", "ServiceAccount", "serviceaccounts", "serviceaccount", ("sa",), True, ("v1",), ServiceAccount),
    Kind("apps", "Deployment", "deployments", "deployment", ("deploy",), True, ("v1",), Deployment, _SCALED, _ALL),
    Kind("apps", "ReplicaSet", "replicasets", "replicaset", ("rs",), True, ("v1",), ReplicaSet, _SCALED, _ALL),
    Kind("discovery.k8s.io", "EndpointSlice", "endpointslices", "endpointslice", (), True, ("v1",), EndpointSlice),
    Kind(
        ISTIO_NETWORKING,
        "DestinationRule",
        "destinationrules",
        "destinationrule",
        ("dr",),
        True,
        _ISTIO,
        DestinationRule,
        _STATUS,
        _ISTIO_CATEGORIES,
    ),
    Kind(ISTIO_NETWORKING, "Gateway", "gateways", "gateway", ("gw",), True, _ISTIO, Gateway, _STATUS, _ISTIO_CATEGORIES),
    Kind(
        ISTIO_NETWORKING,
        "VirtualService",
        "virtualservices",
        "virtualservice",
        ("vs",),
        True,
        _ISTIO,
        VirtualService,
        _STATUS,
        _ISTIO_CATEGORIES,
    ),
)

_BY_KIND: Mapping[tuple[str, str], Kind] = MappingProxyType({(kind.group, kind.kind): kind for kind in KINDS})
_BY_RESOURCE: Mapping[tuple[str, str], Kind] = MappingProxyType({(kind.group, kind.plural): kind for kind in KINDS})
# The first of a word wins, so core kinds come before all others of a name.
_BY_WORD: Mapping[str, Kind] = MappingProxyType(
    {word: kind for kind in reversed(KINDS) for word in (kind.plural, kind.singular, kind.kind.lower(), *kind.short_names)}
)


def find_kind(group: str, kind: str) -> Kind | None:
    return _BY_KIND.get((group, kind))


def find_resource(group: str, plural: str) -> Kind | None:
    return _BY_RESOURCE.get((group, plural))


def kind_by_word(word: str) -> Kind | None:
    """What a person means by `vs`, `pods`, `pods.v1`, `deployments.apps`, `deployments.v1.apps` or `VirtualService`."""
    name, _, rest = word.lower().partition(".")
    kind = _BY_WORD.get(name)
    if kind is None or not rest:
        return kind
    version, _, group = rest.partition(".")
    matches = rest == kind.group or (version in kind.versions and group == kind.group)
    return kind if matches else None
