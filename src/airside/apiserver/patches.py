"""JSON merge patch (RFC 7386) and JSON patch (RFC 6902). Strategic merge patch has a module of its own."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import jsonpatch
import jsonpointer

from airside.apiserver.status import ApiError, bad_request

Json = dict[str, object]
MOST_OPERATIONS = 10_000


def merge(target: object, patch: object) -> object:
    """The target with the patch laid over it; null removes, lists are replaced whole."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def apply_operations(target: Mapping[str, object], operations: object) -> object:
    """JSON patch. Raises ApiError: 400 for a document that is none, 422 for one that cannot be carried out."""
    if not isinstance(operations, list) or not all(isinstance(operation, dict) for operation in operations):
        raise bad_request('error decoding patch: a JSON patch is a list of operations such as {"op": "replace", "path": "/a", "value": 1}')
    if len(operations) > MOST_OPERATIONS:
        raise ApiError(413, "RequestEntityTooLarge", f"the patch has {len(operations)} operations, at most {MOST_OPERATIONS} are allowed")
    try:
        patched: object = copy.deepcopy(dict(target))
        for operation in operations:
            if not _tests_for_nothing(patched, operation):
                patched = jsonpatch.apply_patch(patched, [operation], in_place=True)
        return patched
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        raise ApiError(422, "Invalid", f"the server rejected our request due to an error in our request: {error}", {}) from error


def _tests_for_nothing(document: object, operation: Mapping[str, object]) -> bool:
    """Whether this is a test for null of a field that is not there: it holds in Kubernetes, as the way to say "not there yet"."""
    path = operation.get("path")
    if operation.get("op") != "test" or operation.get("value", document) is not None or not isinstance(path, str):
        return False
    holder, name = jsonpointer.JsonPointer(path).to_last(document)
    return isinstance(holder, Mapping) and name is not None and name not in holder
