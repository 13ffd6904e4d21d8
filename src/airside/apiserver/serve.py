"""The API as one Starlette app: paths to endpoints, errors to Statuses."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from importlib.metadata import version

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from airside.apiserver import discovery, openapi, status
from airside.apiserver.address import GroupVersion, NoSuchPath, parse_address, served_versions
from airside.apiserver.context import Context
from airside.apiserver.endpoints import Endpoints
from airside.apiserver.exec.serve import serve_exec
from airside.apiserver.guard import Guard
from airside.apiserver.logs.serve import serve_log
from airside.apiserver.mesh import mesh_routes
from airside.apiserver.negotiate import Form, parse_accept
from airside.store import Store

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
Endpoint = Callable[[Request], Awaitable[Response]]


def build_app(store: Store, context: Context) -> Starlette:
    """Serve it with uvicorn, `ws="wsproto"` (others refuse kubectl's WebSocket subprotocols)."""
    endpoints = Endpoints(store, context)

    async def objects(request: Request) -> Response:
        address = parse_address(request.url.path)
        if address.subresource == "log":
            return await serve_log(request, address, store, context)
        if address.subresource == "exec":
            raise status.bad_request("Upgrade request required: exec speaks over a WebSocket")
        return await endpoints.answer(request, address)

    async def execute(socket: WebSocket) -> None:
        await serve_exec(socket, store, context)

    routes = [
        WebSocketRoute("/api/v1/namespaces/{namespace}/pods/{pod}/exec", execute),
        *(Route(path, _healthy) for path in ("/healthz", "/livez", "/readyz")),
        *(Route(path, _version) for path in ("/version", "/version/")),
        Route("/api", _core),
        Route("/apis", _groups),
        Route("/apis/{group}", _group),
        Route("/api/{version}", _resources),
        Route("/apis/{group}/{version}", _resources),
        Route("/openapi/v3", _openapi),
        Route("/openapi/v3/{path:path}", _openapi_document),
        *mesh_routes(store, context),
        Route("/api/{path:path}", objects, methods=METHODS),
        Route("/apis/{path:path}", objects, methods=METHODS),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, token=context.token)],
        exception_handlers={status.ApiError: _refused, NoSuchPath: _nothing, 404: _index, 405: _not_allowed},
    )


async def _healthy(request: Request) -> Response:
    return PlainTextResponse("ok")


async def _version(request: Request) -> Response:
    return Response(json.dumps(discovery.version_info(version("airside")), indent=2), media_type="application/json")


async def _core(request: Request) -> Response:
    return _discovered(request, core=True)


async def _groups(request: Request) -> Response:
    return _discovered(request, core=False)


def _discovered(request: Request, core: bool) -> Response:
    wanted = parse_accept(request.headers.get("accept", ""), frozenset({Form.DISCOVERY}))
    if wanted.form is not Form.DISCOVERY:
        return JSONResponse(discovery.core_versions() if core else discovery.group_list())
    media = f"application/json;g=apidiscovery.k8s.io;v={wanted.version};as=APIGroupDiscoveryList"
    return JSONResponse(discovery.aggregated(core, wanted.version), media_type=media)


async def _group(request: Request) -> Response:
    return _found(discovery.group(request.path_params["group"]))


async def _resources(request: Request) -> Response:
    served = GroupVersion(request.path_params.get("group", ""), request.path_params["version"])
    found = discovery.resource_list(served)
    if found is None and any(served.group == known.group for known in served_versions()):
        raise status.no_such_resource()
    return _found(found)


async def _openapi(request: Request) -> Response:
    return JSONResponse(openapi.index())


async def _openapi_document(request: Request) -> Response:
    return _found(openapi.find_document(request.path_params["path"]))


def _found(body: dict[str, object] | None) -> Response:
    if body is None:
        raise NoSuchPath
    return JSONResponse(body)


async def _index(request: Request, error: Exception) -> Response:
    """What there is, for a path outside of everything."""
    groups = [f"/apis/{served}" if served.group else f"/api/{served.version}" for served in served_versions()]
    return JSONResponse({"paths": ["/api", "/apis", *groups, "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"]}, 404)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, status.ApiError)
    return JSONResponse(error.to_json(), error.code, error.headers)


async def _nothing(request: Request, error: Exception) -> Response:
    return PlainTextResponse("404 page not found\n", 404)


async def _not_allowed(request: Request, error: Exception) -> Response:
    refusal = status.method_not_allowed()
    return JSONResponse(refusal.to_json(), refusal.code)
