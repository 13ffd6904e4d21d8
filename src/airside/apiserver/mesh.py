"""The endpoints that Kubernetes does not have, under /airside/v1: what is applied, what proxies have, metrics."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airside.apiserver.context import Context, Mesh
from airside.apiserver.proxy.client import ask_proxy
from airside.apiserver.status import bad_request, not_found, unavailable
from airside.resources.keys import ObjectKey
from airside.resources.kinds import find_kind
from airside.store import Store

PROXY_PATHS = frozenset({"config_dump", "clusters", "listeners", "stats", "stats/prometheus", "server_info", "ready", "certs"})
"""What may be read of an Envoy's administration; nothing of it changes anything."""
LONGEST_WAIT = 300.0
LONGEST_WINDOW = 900.0
"""Seconds, both; figures older than that are not kept, and a rate over more would be too low."""
Endpoint = Callable[[Request], Awaitable[Response]]


def mesh_routes(store: Store, context: Context) -> list[Route]:
    async def applied(request: Request) -> Response:
        query = request.query_params
        revision = int(_number(query, "revision", store.revision))
        timeout = min(_number(query, "timeout", 30), LONGEST_WAIT)
        return JSONResponse(await _mesh(context).applied(revision, int(_number(query, "since", max(revision - 1, 0))), timeout))

    async def proxies(request: Request) -> Response:
        return JSONResponse({"items": _mesh(context).proxies()})

    async def metrics(request: Request) -> Response:
        query = request.query_params
        at = _number(query, "time", 0) if query.get("time") else None
        try:
            return JSONResponse(await _mesh(context).query(query.get("query", ""), at))
        except ValueError as error:
            return JSONResponse({"status": "error", "errorType": "bad_data", "error": str(error)}, 400)

    async def top(request: Request) -> Response:
        window = min(max(_number(request.query_params, "window", 60), 1.0), LONGEST_WINDOW)
        return JSONResponse(await _mesh(context).top(window))

    async def proxy(request: Request) -> Response:
        where = request.path_params
        return await _proxy(store, context, ObjectKey("", "Pod", where["namespace"], where["pod"]), where["path"], request.url.query)

    return [
        Route("/airside/v1/applied", applied),
        Route("/airside/v1/proxies", proxies),
        Route("/airside/v1/metrics", metrics),
        Route("/airside/v1/top", top),
        Route("/airside/v1/namespaces/{namespace}/pods/{pod}/proxy/{path:path}", proxy),
    ]


async def _proxy(store: Store, context: Context, key: ObjectKey, path: str, query: str) -> Response:
    if path not in PROXY_PATHS:
        raise bad_request(f"a proxy answers {', '.join(sorted(PROXY_PATHS))}; not {path!r}")
    stored, kind = store.get(key), find_kind("", "Pod")
    assert kind is not None
    if stored is None:
        raise not_found(kind, key.name)
    metadata = stored.raw["metadata"]
    assert isinstance(metadata, Mapping)
    socket = context.home.pod(str(metadata["uid"])).admin_socket
    answer = await ask_proxy(socket, f"/{path}" + (f"?{query}" if query else ""))
    if answer is None:
        raise unavailable(f"the proxy of pod {key.namespace}/{key.name} does not answer: it has none, or it does not run")
    return Response(answer.content, answer.code, media_type=answer.media_type)


def _mesh(context: Context) -> Mesh:
    if context.mesh is None:
        raise unavailable("this API server runs without a mesh")
    return context.mesh


def _number(query: Mapping[str, str], name: str, default: float) -> float:
    try:
        number = float(query.get(name) or default)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise bad_request(f"{name}: expected a number of at least 0, found {query.get(name)!r}")
    return number
