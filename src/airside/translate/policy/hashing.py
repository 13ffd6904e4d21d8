"""Consistent hashing: the route's half of it, what of the request is hashed. The cluster's half is in `balancer`."""

from __future__ import annotations

from envoy.config.route.v3.route_components_pb2 import RouteAction

from airside.resources.destination_rule import ConsistentHash
from airside.translate.policy.effective import EffectivePolicy
from airside.translate.wire import set_duration


def hash_of(policy: EffectivePolicy) -> ConsistentHash | None:
    return policy.load_balancer.consistent_hash if policy.load_balancer is not None else None


def apply_hash(action: RouteAction, hashed: ConsistentHash | None) -> None:
    if hashed is None:
        return
    if hashed.http_header_name is not None:
        action.hash_policy.add().header.header_name = hashed.http_header_name
    elif hashed.http_cookie is not None:
        cookie = action.hash_policy.add().cookie
        cookie.name, cookie.path = hashed.http_cookie.name, hashed.http_cookie.path
        if hashed.http_cookie.ttl is not None:
            set_duration(cookie.ttl, hashed.http_cookie.ttl)
        for attribute in hashed.http_cookie.attributes:
            cookie.attributes.add(name=attribute.name, value=attribute.value)
    elif hashed.use_source_ip:
        action.hash_policy.add().connection_properties.source_ip = True
    elif hashed.http_query_parameter_name is not None:
        action.hash_policy.add().query_parameter.name = hashed.http_query_parameter_name
