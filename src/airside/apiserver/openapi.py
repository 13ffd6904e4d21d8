"""OpenAPI v3, paths only: the least from which kubectl learns how each kind can be patched, and that the server validates fields."""

from __future__ import annotations

import hashlib
import json

from airside.apiserver.address import GroupVersion, kinds_of, served_versions
from airside.client.requests import Patch
from airside.resources.kinds import Kind

Json = dict[str, object]


def patch_types(kind: Kind) -> list[str]:
    """The patches a kind takes. Strategic merge is for built-in kinds, as on Kubernetes."""
    return [Patch.JSON.value, Patch.MERGE.value, *([Patch.STRATEGIC.value] if takes_strategic(kind) else [])]


def takes_strategic(kind: Kind) -> bool:
    return not kind.group.endswith("istio.io")


def index() -> Json:
    """`/openapi/v3`. The hash lets clients cache; it changes with the document."""
    paths: Json = {}
    for served in served_versions():
        path = _path(served)
        body = json.dumps(document(served), sort_keys=True).encode()
        paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={hashlib.sha256(body).hexdigest()[:32].upper()}"}
    return {"paths": paths}


def document(served: GroupVersion) -> Json:
    """`/openapi/v3/api/v1`, `/openapi/v3/apis/GROUP/VERSION`."""
    paths: Json = {}
    for kind in kinds_of(served):
        place = "namespaces/{namespace}/" if kind.namespaced else ""
        paths[f"/{_path(served)}/{place}{kind.plural}/{{name}}"] = {"patch": _operation(kind, served)}
    return {"openapi": "3.0.0", "info": {"title": "Airside", "version": "v1"}, "paths": paths, "components": {"schemas": {}}}


def find_document(path: str) -> Json | None:
    """The document at a path below /openapi/v3; None when there is none."""
    return next((document(served) for served in served_versions() if _path(served) == path.strip("/")), None)


def _path(served: GroupVersion) -> str:
    return f"apis/{served}" if served.group else f"api/{served.version}"


def _operation(kind: Kind, served: GroupVersion) -> Json:
    query = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
        for name in ("dryRun", "fieldManager", "fieldValidation")
    ]
    return {
        "operationId": f"patch{kind.kind}",
        "parameters": query,
        "requestBody": {"content": {form: {"schema": {"type": "object"}} for form in patch_types(kind)}},
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": {"group": served.group, "version": served.version, "kind": kind.kind},
    }
