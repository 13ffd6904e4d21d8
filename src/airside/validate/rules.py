"""Which rules judge which kind."""

from __future__ import annotations

from airside.resources.apps import Deployment, ReplicaSet
from airside.resources.core import ConfigMap, Endpoints, Pod, Secret, Service
from airside.resources.destination_rule import DestinationRule
from airside.resources.discovery import EndpointSlice
from airside.resources.gateway import Gateway
from airside.resources.objects import Object
from airside.resources.virtual_service import VirtualService
from airside.validate.configuration import check_config_map, check_secret
from airside.validate.destination_rule import check_destination_rule
from airside.validate.finding import Findings
from airside.validate.gateway import check_gateway
from airside.validate.pod import check_pod
from airside.validate.service import check_endpoint_slice, check_endpoints, check_service
from airside.validate.virtual_service import check_virtual_service
from airside.validate.workload import check_deployment, check_replica_set


def check_object(found: Object) -> Findings:  # a table of one line per kind, which the types keep honest
    """What is wrong within one object, its metadata aside."""
    match found:
        case VirtualService():
            yield from check_virtual_service(found)
        case DestinationRule():
            yield from check_destination_rule(found)
        case Gateway():
            yield from check_gateway(found)
        case Pod():
            yield from check_pod(found)
        case Deployment():
            yield from check_deployment(found)
        case ReplicaSet():
            yield from check_replica_set(found)
        case Service():
            yield from check_service(found)
        case Endpoints():
            yield from check_endpoints(found)
        case EndpointSlice():
            yield from check_endpoint_slice(found)
        case ConfigMap():
            yield from check_config_map(found)
        case Secret():
            yield from check_secret(found)
        case _:
            return  # Namespace, Node, ServiceAccount, Event: nothing beyond types and names
