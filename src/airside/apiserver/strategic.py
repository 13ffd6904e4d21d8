"""Strategic merge patch, as k8s.io/apimachinery's `strategicpatch` carries it out, its order of list elements included.

Mappings merge. Lists named in `merge_keys` merge by key: elements of the patch come in the patch's order, what only the server has
keeps its place among them. Directives: `$patch` (replace, delete), `$retainKeys`, `$setElementOrder/LIST`, `$deleteFromPrimitiveList/LIST`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from airside.apiserver.merge_keys import Shape, shape_of
from airside.apiserver.status import ApiError, Undecodable, bad_request

Json = dict[str, object]
Raw = Mapping[str, object]

DIRECTIVE, RETAIN = "$patch", "$retainKeys"
ORDER, DELETE = "$setElementOrder/", "$deleteFromPrimitiveList/"


def merge_strategic(kind: str, target: Raw, patch: object) -> Json:
    """The patched object; neither argument is changed. Raises ApiError for a patch that cannot be carried out."""
    if patch is None:
        return dict(target)
    if not isinstance(patch, Mapping):
        raise bad_request("a strategic merge patch is a JSON object")
    return _merge_map(target, patch, shape_of(kind))


def _merge_map(target: Raw, patch: Raw, shape: Shape) -> Json:
    match patch.get(DIRECTIVE, _ABSENT):
        case "replace":
            return {name: value for name, value in patch.items() if name != DIRECTIVE}
        case "delete":
            return {}
        case found if found is not _ABSENT:
            raise _impossible(f"unknown patch type {found!r}: expected replace or delete")
    merged = _retained(target, patch)
    ordered = {name.removeprefix(ORDER): order for name, order in patch.items() if name.startswith(ORDER)}
    for name, order in ordered.items():
        _merge_ordered(merged, name, patch.get(name), order, shape.below(name))
    for name, value in patch.items():
        if name == RETAIN or name.startswith(ORDER) or name in ordered:
            continue
        if name.startswith(DELETE):
            _delete_scalars(merged, name.removeprefix(DELETE), value)
        elif value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merge_value(merged.get(name), value, shape.below(name))
    return merged


def _merge_value(target: object, value: object, shape: Shape) -> object:
    if isinstance(target, Mapping) and isinstance(value, Mapping):
        return _merge_map(target, value, shape)
    if isinstance(target, list) and isinstance(value, list) and shape.merges:
        return _merge_list(target, value, shape)
    return _without_directives(value)


def _retained(target: Raw, patch: Raw) -> Json:
    """The target with only the fields that `$retainKeys` names, if it is there."""
    if RETAIN not in patch:
        return dict(target)
    keys = patch[RETAIN]
    if not isinstance(keys, list):
        raise bad_request("$retainKeys: expected a list of field names")
    for name, value in patch.items():
        if value is not None and name not in keys and name != RETAIN and not name.startswith((ORDER, DELETE)):
            raise bad_request(f"$retainKeys does not name {name!r}, which the patch sets")
    return {name: value for name, value in target.items() if name in keys}


def _merge_ordered(merged: Json, name: str, patch: object, order: object, shape: Shape) -> None:
    """A list that comes with an order: merge it, then arrange the elements as the order says."""
    target = merged.get(name)
    for found in (order, patch, target):
        if found is not None and not isinstance(found, list):
            raise _impossible(f"expected a []interface {{}}, but received a {_go_type(found)}")
    wanted, change, before = _list(order), _list(patch), _list(target)
    _check_order(change, wanted, shape)
    if patch is None and target is None:
        return
    if patch is None:
        result = before
    elif target is None:
        result = _list(_without_directives(change))
    else:
        result = _list(_merge_value(before, change, shape))
    merged[name] = _arrange(result, wanted, before, shape)


def _check_order(patch: list[object], order: list[object], shape: Shape) -> None:
    """The elements of a patch must come in the order that the patch itself demands."""
    rest = iter([_identity(element, shape) for element in order])
    for element in patch:
        deletes = isinstance(element, Mapping) and element.get(DIRECTIVE) == "delete"
        if not deletes and not any(_identity(element, shape) == other for other in rest):
            raise _impossible(f"The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n")


def _merge_list(target: list[object], patch: list[object], shape: Shape) -> list[object]:
    if not target and not patch:
        return target
    mappings = {isinstance(element, Mapping) for element in (*target, *patch)}
    if len(mappings) > 1 or len({_go_type(element) for element in (*target, *patch)}) > 1:
        raise _impossible(f"list element types are not identical: {[target, patch]}")
    if mappings == {False}:
        merged = list(dict.fromkeys((*target, *patch)))
        return _arrange(merged, patch, target, shape)
    if not shape.key:
        raise _impossible("cannot merge lists without merge key")
    kept, changes = _carry_out_directives(target, patch, shape)
    merged = list(kept)
    for change in changes:
        assert isinstance(change, Mapping)
        places = [place for place, element in enumerate(merged) if _identity(element, shape) == _identity(change, shape)]
        if places:
            element = merged[places[0]]
            assert isinstance(element, Mapping)
            merged[places[0]] = _merge_map(element, change, Shape(shape.fields))
        else:
            merged.append(_without_directives(change))
    return _arrange(merged, changes, kept, shape)


def _carry_out_directives(target: list[object], patch: list[object], shape: Shape) -> tuple[list[object], list[object]]:
    """What is left of the target, and of the patch once its `$patch` elements have had their say."""
    changes: list[object] = []
    replaced = False
    for element in patch:
        assert isinstance(element, Mapping)
        match element.get(DIRECTIVE, _ABSENT):
            case "delete":
                gone = _identity(element, shape)
                target = [kept for kept in target if _identity(kept, shape) != gone]
            case "replace":
                replaced = True
            case found if found is _ABSENT:
                changes.append(element)
            case found:
                raise _impossible(f"unknown patch type {found!r} in a list: expected replace or delete")
    return (changes, []) if replaced else (target, changes)


def _arrange(elements: list[object], order: Sequence[object], before: Sequence[object], shape: Shape) -> list[object]:
    """Elements of the order in its order; the server's own stay before those they stood before."""
    wanted = [_identity(element, shape) for element in order]
    known = [_identity(element, shape) for element in before]
    identity: Callable[[object], object] = lambda element: _identity(element, shape)  # noqa: E731  # bound to the shape, used as a key
    patched = sorted((e for e in elements if identity(e) in wanted), key=lambda e: wanted.index(identity(e)))
    own = [e for e in elements if identity(e) not in wanted]
    own.sort(key=lambda e: known.index(identity(e)) if identity(e) in known else len(known))
    arranged: list[object] = []
    while own and patched:
        left, right = identity(own[0]), identity(patched[0])
        own_first = left in known and right in known and known.index(left) < known.index(right)
        arranged.append(own.pop(0) if own_first else patched.pop(0))
    return [*arranged, *own, *patched]


def _delete_scalars(merged: Json, name: str, values: object) -> None:
    if not isinstance(values, list):
        raise Undecodable(f"{DELETE}{name}: expected a list").of_patch()
    target = merged.get(name)
    if isinstance(target, list):
        merged[name] = [element for element in target if element not in values]


def _identity(element: object, shape: Shape) -> object:
    """By what an element is found again: the value of its merge key; a scalar is its own."""
    if not isinstance(element, Mapping):
        return element
    if shape.key not in element:
        raise _impossible(f"map: {dict(element)} does not contain declared merge key: {shape.key}")
    return element[shape.key]


def _without_directives(value: object) -> object:
    """A new value of the patch as it is stored: directives and nulls mean nothing there."""
    if isinstance(value, Mapping):
        return {name: _without_directives(inner) for name, inner in value.items() if inner is not None and not name.startswith("$")}
    if isinstance(value, list):
        kept = (element for element in value if not (isinstance(element, Mapping) and DIRECTIVE in element))
        return [_without_directives(element) for element in kept]
    return value


_ABSENT = object()


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _go_type(value: object) -> str:
    names = {str: "string", bool: "bool", int: "int64", float: "float64", dict: "map[string]interface {}", list: "[]interface {}"}
    return names.get(type(value), "nil")


def _impossible(message: str) -> ApiError:
    """Kubernetes answers these with 500 and no reason, and so do we: clients tell them apart by that."""
    return ApiError(500, "", message)
