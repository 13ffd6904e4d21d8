"""What a part of the configuration can have read. A change of the world is told as the set of facts that are no longer what they were."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Aspect(StrEnum):
    """What a fact is about; what its name names is said beside each."""

    SERVICE = "service"  # host: the service itself
    ENDPOINTS = "endpoints"  # host: its endpoints
    POD = "pod"  # namespace/name: labels and workload of a pod, as endpoints carry them
    ROUTING = "routing"  # host: the mesh VirtualServices that may route calls to it
    LITERALS = "literals"  # "": the hosts of mesh VirtualServices that no service has
    DESTINATION = "destination"  # host: the DestinationRules that may hold for it
    GATEWAYS = "gateways"  # "": all Gateways
    GATEWAY_ROUTING = "gateway-routing"  # namespace/name of a Gateway: the VirtualServices bound to it
    PROXY = "proxy"  # proxy id: the proxy itself
    GATEWAY_PODS = "gateway-pods"  # "": which proxies are gateways
    SELECTED = "selected"  # namespace/label=value: the services whose selector begins with it
    SELECTORS = "selectors"  # "": the label selectors that tell proxies apart


class Fact(NamedTuple):
    """One thing that can change."""

    aspect: Aspect
    name: str = ""


LITERALS = Fact(Aspect.LITERALS)
GATEWAYS = Fact(Aspect.GATEWAYS)
GATEWAY_PODS = Fact(Aspect.GATEWAY_PODS)
SELECTORS = Fact(Aspect.SELECTORS)
