"""What the endpoints under /airside/v1 answer, as JSON: how proxies stand, what is applied, who talked to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from airside.apiserver.context import Json
from airside.model.names import ProxyName
from airside.telemetry.top import TopRow
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, SECRET, TypeUrl
from airside.xds.serve import Applied
from airside.xds.status import ProxyStatus, Rejection

SHORT: Mapping[TypeUrl, str] = {SECRET: "SDS", CLUSTER: "CDS", ENDPOINTS: "EDS", LISTENER: "LDS", ROUTES: "RDS"}


def applied_json(revision: int, found: Applied) -> Json:
    """`milliseconds`: from the change to the last proxy's acknowledgement."""
    return {
        "applied": found.applied,
        "revision": revision,
        "proxies": list(found.proxies),
        "pending": list(found.pending),
        "absent": list(found.absent),
        "rejected": [_rejection(each) for each in found.rejected],
        "milliseconds": round(found.milliseconds, 3),
    }


def proxy_json(status: ProxyStatus) -> Json:
    """A proxy; one whose id is not of our making (anybody may ask the xDS server) has no pod and no namespace."""
    try:
        name = ProxyName.parse(status.id)
        pod, namespace, ip = name.pod, str(name.namespace), name.ip
    except ValueError:
        pod, namespace, ip = "", "", ""
    return {
        "id": status.id,
        "pod": pod,
        "namespace": namespace,
        "ip": ip,
        "known": status.known,
        "connected": status.connected,
        "types": {
            SHORT[type]: {"state": found.state.value, "version": found.acked, "sent": found.sent, "resources": found.resources}
            for type, found in status.types.items()
        },
        "rejected": [_rejection(each) for each in status.rejected],
    }


def top_json(row: TopRow) -> Json:
    figures = asdict(row)
    return {**figures.pop("traffic"), **figures}


def _rejection(rejection: Rejection) -> Json:
    return {
        "proxy": rejection.proxy,
        "type": SHORT[rejection.type],
        "resource": rejection.resource,
        "message": rejection.message,
        "origins": list(rejection.origins),
    }
