"""Rules of a container's limits and requests, in Kubernetes' words."""

from __future__ import annotations

from airside.resources.paths import key_path
from airside.resources.pod import ResourceRequirements
from airside.resources.quantity import parse_quantity
from airside.validate.finding import Finding, Findings
from airside.validate.names import invalid

_NOT_NEGATIVE = "must be greater than or equal to 0"
_STANDARD = frozenset({"cpu", "memory", "ephemeral-storage"})


def check_resources(resources: ResourceRequirements, path: str) -> Findings:
    for field, amounts in (("limits", resources.limits), ("requests", resources.requests)):
        for name, amount in amounts.items():
            at = key_path(f"{path}.{field}", name)
            yield from _check_name(name, at)
            if parse_quantity(amount) < 0:
                yield Finding("AIR1027", at, invalid(amount, _NOT_NEGATIVE))
    for name, amount in resources.requests.items():
        limit = resources.limits.get(name)
        if limit is None:
            if not _may_be_overcommitted(name):
                yield Finding("AIR0022", f"{path}.limits", "Required value: Limit must be set for non overcommitable resources")
        elif not _may_be_overcommitted(name) and parse_quantity(amount) != parse_quantity(limit):
            yield Finding("AIR1027", f"{path}.requests", invalid(amount, f"must be equal to {name} limit of {limit}"))
        elif parse_quantity(amount) > parse_quantity(limit):
            yield Finding("AIR1027", f"{path}.requests", invalid(amount, f"must be less than or equal to {name} limit of {limit}"))


def _check_name(name: str, path: str) -> Findings:
    """A name without a domain is one of Kubernetes' own, and one that a container can have."""
    if "/" not in name and name not in _STANDARD and not name.startswith("hugepages-"):
        yield Finding("AIR1027", path, invalid(name, "must be a standard resource type or fully qualified"))
        yield Finding("AIR1027", path, invalid(name, "must be a standard resource for containers"))


def _may_be_overcommitted(name: str) -> bool:
    """What can be shared out more than once. Devices of others (`example.com/gpu`) and huge pages cannot."""
    native = "/" not in name or "kubernetes.io/" in name
    return native and not name.startswith("hugepages-")
