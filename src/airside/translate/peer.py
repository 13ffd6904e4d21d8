"""How a workload tells the sidecar it calls who it is: the header is made and parsed here, and nowhere else.

Istio's proxies exchange this by a filter that vanilla Envoy lacks. The caller's sidecar always overwrites the header, the called one's
takes it off. Where there is no mTLS any local process can write it: it is for metrics, never for policy.
"""

from __future__ import annotations

from envoy.config.core.v3.base_pb2 import HeaderValueOption
from envoy.extensions.filters.http.header_mutation.v3.header_mutation_pb2 import HeaderMutation
from envoy.extensions.filters.http.header_to_metadata.v3.header_to_metadata_pb2 import Config as HeaderToMetadata

from airside.model.workload import Identity

PEER_HEADER = "x-airside-peer"
PEER_METADATA = "airside.peer"

_FIELDS = ("workload", "namespace", "app", "version", "service", "revision")
"""In the order of the header, `;` between them; none can contain one, being names and labels."""


def peer_value(identity: Identity) -> str:
    values = (
        identity.workload,
        identity.namespace,
        identity.app,
        identity.version,
        identity.canonical_service,
        identity.canonical_revision,
    )
    return ";".join(value or "unknown" for value in values)


def build_announcement(identity: Identity) -> HeaderMutation:
    """On the way out: say who calls, whatever the application wrote there."""
    built = HeaderMutation()
    append = built.mutations.request_mutations.add().append
    append.header.key, append.header.value = PEER_HEADER, peer_value(identity)
    append.append_action = HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD
    return built


def build_recognition() -> HeaderToMetadata:
    """On the way in: take the header apart into metadata that metrics can name, and off the request."""
    built = HeaderToMetadata()
    for index, field in enumerate(_FIELDS):
        rule = built.request_rules.add(header=PEER_HEADER)
        rule.on_header_present.metadata_namespace = rule.on_header_missing.metadata_namespace = PEER_METADATA
        rule.on_header_present.key = rule.on_header_missing.key = field
        rule.on_header_missing.value = "unknown"
        rewrite = rule.on_header_present.regex_value_rewrite
        rewrite.pattern.regex = "^" + "[^;]*;" * index + "([^;]*).*$"
        rewrite.substitution = r"\1"
        rule.remove = index == len(_FIELDS) - 1
    return built


def peer_operator(field: str) -> str:
    """The log operator that prints this field of the peer."""
    assert field in _FIELDS
    return f"%DYNAMIC_METADATA({PEER_METADATA}:{field})%"
