"""Istio's older field forms (1.4 and later, deprecated now): the one list of them, and the modern form of each.

The typed object has the modern form only: each model calls its function here before it looks at the fields. The stored JSON stays as the
user wrote it, else `kubectl apply` of the changed file would meet a field it never wrote and could not take it away again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from airside.resources.paths import field_path


def modern_outlier_detection(raw: object) -> object:
    """`consecutiveErrors`: as in 1.4, gateway errors (502, 503, 504 and no answer) are counted, other 5xx are not."""
    if not isinstance(raw, Mapping) or "consecutiveErrors" not in raw:
        return raw
    modern = {key: value for key, value in raw.items() if key != "consecutiveErrors"}
    if "consecutiveGatewayErrors" in modern or "consecutive5xxErrors" in modern or raw["consecutiveErrors"] == 0:
        return modern  # the modern fields say more; zero never meant anything
    return modern | {"consecutiveGatewayErrors": raw["consecutiveErrors"], "consecutive5xxErrors": 0}


def modern_percent(raw: object) -> object:
    """`percent: 50` of a delay or an abort."""
    return _moved(raw, "percent", "percentage", lambda value: {"value": value})


def modern_http_route(raw: object) -> object:
    """`mirrorPercent` and `websocketUpgrade` of a route."""
    raw = _moved(raw, "mirror_percent", "mirrorPercentage", lambda value: {"value": value})
    raw = _moved(raw, "mirrorPercent", "mirrorPercentage", lambda value: {"value": value})
    if isinstance(raw, Mapping) and "websocketUpgrade" in raw:
        return {key: value for key, value in raw.items() if key != "websocketUpgrade"}
    return raw


def modern_cors(raw: object) -> object:
    """`allowOrigin`: exact origins."""
    return _moved(
        raw, "allowOrigin", "allowOrigins", lambda value: [{"exact": item} for item in value] if isinstance(value, list) else value
    )


def modern_load_balancer(raw: object) -> object:
    """`LEAST_CONN` and `warmupDurationSecs`."""
    raw = _moved(raw, "warmupDurationSecs", "warmup", lambda value: {"duration": value})
    if isinstance(raw, Mapping) and raw.get("simple") == "LEAST_CONN":
        return {**raw, "simple": "LEAST_REQUEST"}
    return raw


def _moved(raw: object, old: str, new: str, convert: Callable[[object], object]) -> object:
    """`raw` with the old field under the new name, unless the new one is there as well: it wins, as in Istio."""
    if not isinstance(raw, Mapping) or old not in raw:
        return raw
    modern = {key: value for key, value in raw.items() if key != old}
    return modern if new in modern else modern | {new: convert(raw[old])}


Note = tuple[str, str]
"""Field path and what to write instead."""


def find_legacy(kind: str, raw: Mapping[str, object]) -> list[Note]:
    """The older forms in an object, each with its modern form. Anything malformed is passed over: the types judge it."""
    spec = raw.get("spec")
    if not isinstance(spec, Mapping):
        return []
    match kind:
        case "VirtualService":
            return list(_virtual_service(spec))
        case "DestinationRule":
            return list(_destination_rule(spec))
        case _:
            return []


def _virtual_service(spec: Mapping[str, object]) -> Iterator[Note]:
    for path, route in _parts(spec, "spec", "http"):
        for fault_path, fault in _parts(route, path, "fault"):
            for what in ("delay", "abort"):
                for part_path, part in _parts(fault, fault_path, what):
                    if "percent" in part:
                        yield _note(part_path, part, "percent", "percentage", f"percentage: {{value: {part['percent']}}}")
        for old in ("mirrorPercent", "mirror_percent"):
            if old in route:
                yield _note(path, route, old, "mirrorPercentage", f"mirrorPercentage: {{value: {route[old]}}}")
        if "websocketUpgrade" in route:
            yield (
                field_path(path, "websocketUpgrade"),
                "from an older Istio and no longer needed: WebSocket upgrades are always allowed. Leave it out",
            )
        for cors_path, cors in _parts(route, path, "corsPolicy"):
            if "allowOrigin" in cors:
                yield _note(cors_path, cors, "allowOrigin", "allowOrigins", "allowOrigins: [{exact: ...}]")


def _destination_rule(spec: Mapping[str, object]) -> Iterator[Note]:
    policies = list(_parts(spec, "spec", "trafficPolicy"))
    for path, subset in _parts(spec, "spec", "subsets"):
        policies += _parts(subset, path, "trafficPolicy")
    for path, policy in list(policies):
        policies += _parts(policy, path, "portLevelSettings")
    for path, policy in policies:
        for outlier_path, outlier in _parts(policy, path, "outlierDetection"):
            if "consecutiveErrors" in outlier:
                yield _consecutive_errors(outlier_path, outlier)
        for balancer_path, balancer in _parts(policy, path, "loadBalancer"):
            if "warmupDurationSecs" in balancer:
                yield _note(
                    balancer_path, balancer, "warmupDurationSecs", "warmup", f"warmup: {{duration: {balancer['warmupDurationSecs']}}}"
                )
            if balancer.get("simple") == "LEAST_CONN":
                yield field_path(balancer_path, "simple"), "LEAST_CONN is the older name; write simple: LEAST_REQUEST"


def _consecutive_errors(path: str, outlier: Mapping[str, object]) -> Note:
    at, count = field_path(path, "consecutiveErrors"), outlier["consecutiveErrors"]
    if "consecutiveGatewayErrors" in outlier or "consecutive5xxErrors" in outlier:
        return at, "from an older Istio, and without effect beside consecutiveGatewayErrors and consecutive5xxErrors. Leave it out"
    if count == 0:
        return at, "from an older Istio, where 0 set nothing; consecutive5xxErrors: 0 turns ejection off"
    return at, f"from an older Istio, and taken as it was meant there; write consecutiveGatewayErrors: {count} and consecutive5xxErrors: 0"


def _note(path: str, part: Mapping[str, object], old: str, new: str, text: str) -> Note:
    at = field_path(path, old)
    if new in part:
        return at, f"from an older Istio, and without effect beside {new}. Leave it out"
    return at, f"from an older Istio; write {text}"


def _parts(parent: Mapping[str, object], path: str, key: str) -> list[tuple[str, Mapping[str, object]]]:
    """The mappings under a key: the one, or those of the list, each with its path."""
    value, at = parent.get(key), field_path(path, key)
    if isinstance(value, Mapping):
        return [(at, value)]
    if isinstance(value, list):
        return [(field_path(at, index), item) for index, item in enumerate(value) if isinstance(item, Mapping)]
    return []
