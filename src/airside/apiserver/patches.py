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
        patched: object = jsonpatch.apply_patch(copy.deepcopy(dict(target)), operations)
        return patched
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError) as error:
        raise ApiError(422, "Invalid", f"the server rejected our request due to an error in our request: {error}", {}) from error
