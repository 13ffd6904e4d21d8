"""What is served, as discovery documents: the old form (a list per group-version) and the aggregated one."""

from __future__ import annotations

from airside.apiserver.address import GroupVersion, kinds_of, served_versions
from airside.resources.kinds import Kind

Json = dict[str, object]

_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_SUBRESOURCES: dict[str, tuple[str, ...]] = {"status": ("get", "patch", "update"), "scale": ("get", "patch", "update")}
_POD: dict[str, tuple[str, tuple[str, ...]]] = {
    "binding": ("Binding", ("create",)),
    "exec": ("PodExecOptions", ("create", "get")),
    "log": ("Pod", ("get",)),
}


def version_info(version: str) -> Json:
    """`minor` is read by clients that pick their own version by it; the rest tells people whom they speak to."""
    return {
        "major": "1",
        "minor": "32",
        "gitVersion": f"v1.32.0+airside-{version}",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2025-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "linux/amd64",
    }


def core_versions() -> Json:
    """`/api`"""
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def group_list() -> Json:
    """`/apis`"""
    groups = dict.fromkeys(served.group for served in served_versions() if served.group)
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(group) for group in groups]}


def group(name: str) -> Json | None:
    """`/apis/GROUP`; None when it is not served."""
    if not any(served.group == name for served in served_versions()) or not name:
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name)}


def resource_list(served: GroupVersion) -> Json | None:
    """`/api/v1`, `/apis/GROUP/VERSION`; None when it is not served."""
    if served not in served_versions():
        return None
    resources = [resource for kind in kinds_of(served) for resource in (_resource(kind), *_subresources(kind))]
    return {
        "kind": "APIResourceList",
        "groupVersion": str(served),
        **({"apiVersion": "v1"} if served.group else {}),
        "resources": resources,
    }


def aggregated(core: bool, version: str) -> Json:
    """`/api` and `/apis` for clients that ask for everything at once; `version` of apidiscovery.k8s.io."""
    groups = [""] if core else list(dict.fromkeys(served.group for served in served_versions() if served.group))
    items = [_aggregated_group(name) for name in groups]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": f"apidiscovery.k8s.io/{version}", "metadata": {}, "items": items}


def _group(name: str) -> Json:
    versions = [{"groupVersion": str(served), "version": served.version} for served in served_versions() if served.group == name]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def verbs_of(kind: Kind) -> tuple[str, ...]:
    """Namespaces go one by one."""
    return tuple(verb for verb in _VERBS if verb != "deletecollection") if kind.kind == "Namespace" else _VERBS


def _resource(kind: Kind) -> Json:
    more: Json = {"shortNames": list(kind.short_names)} if kind.short_names else {}
    if kind.categories:
        more["categories"] = list(kind.categories)
    return {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(verbs_of(kind)),
        **more,
    }


def _subresources(kind: Kind) -> list[Json]:
    found: list[Json] = []
    for name in sorted(kind.subresources):
        scale = {"group": "autoscaling", "version": "v1", "kind": "Scale"} if name == "scale" else {"kind": kind.kind}
        found.append(_subresource(kind, name, scale, _SUBRESOURCES[name]))
    if kind.kind == "Pod":
        found += [_subresource(kind, name, {"kind": answer}, verbs) for name, (answer, verbs) in sorted(_POD.items())]
    if kind.kind == "Namespace":
        found.append(_subresource(kind, "finalize", {"kind": kind.kind}, ("update",)))
    return found


def _subresource(kind: Kind, name: str, type: dict[str, str], verbs: tuple[str, ...]) -> Json:
    return {"name": f"{kind.plural}/{name}", "singularName": "", "namespaced": kind.namespaced, **type, "verbs": list(verbs)}


def _aggregated_group(name: str) -> Json:
    versions = [served for served in served_versions() if served.group == name]
    return {
        "metadata": {"name": name, "creationTimestamp": None},
        "versions": [
            {"version": served.version, "freshness": "Current", "resources": [_aggregated(kind, served) for kind in kinds_of(served)]}
            for served in versions
        ],
    }


def _aggregated(kind: Kind, served: GroupVersion) -> Json:
    listed = _resource(kind)
    return {
        "resource": kind.plural,
        "responseKind": {"group": served.group, "version": served.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": listed["verbs"],
        **({"shortNames": listed["shortNames"]} if "shortNames" in listed else {}),
        **({"categories": listed["categories"]} if "categories" in listed else {}),
        "subresources": [_aggregated_subresource(entry, served) for entry in _subresources(kind)],
    }


def _aggregated_subresource(entry: Json, served: GroupVersion) -> Json:
    response = {
        "group": entry.get("group", served.group),
        "version": entry.get("version", served.version),
        "kind": entry["kind"],
    }
    return {"subresource": str(entry["name"]).partition("/")[2], "responseKind": response, "verbs": entry["verbs"]}
