"""The endpoints of objects: a request comes in, reads or writes answer, a renderer gives it the form that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from airside.apiserver import status
from airside.apiserver.address import Address
from airside.apiserver.bodies import check_size, parse_json, parse_object_body
from airside.apiserver.context import Context
from airside.apiserver.discovery import verbs_of
from airside.apiserver.negotiate import Form, media_type, parse_accept
from airside.apiserver.openapi import patch_types, takes_strategic
from airside.apiserver.options import parse_delete_options, parse_list_options, parse_write_options
from airside.apiserver.patches import apply_operations, merge
from airside.apiserver.reads import list_page
from airside.apiserver.render import Renderer, check_include
from airside.apiserver.scale import scale_of
from airside.apiserver.strategic import merge_strategic
from airside.apiserver.watch import WatchStream
from airside.apiserver.writes import Outcome, Writes, shown
from airside.client.requests import Patch
from airside.store import Store

Raw = Mapping[str, object]
FORMS = frozenset({Form.OBJECT, Form.TABLE, Form.METADATA, Form.METADATA_LIST})
_ANSWERED_WHOLE = frozenset({"Pod", "Service", "ServiceAccount"})
"""Kinds whose DELETE answers the object that is gone; the others answer a Status."""


class Endpoints:
    """GET, POST, PUT, PATCH and DELETE below a group-version. Every method raises ApiError."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store, self._context = store, context
        self._writes = Writes(store, context)

    async def answer(self, request: Request, address: Address) -> Response:
        named = bool(address.name)
        match request.method:
            case "GET" | "HEAD":
                return self._get(request, address) if named and not address.watched else await self._list(request, address)
            case "POST" if not named and not address.of_all_namespaces:
                return await self._create(request, address)
            case "POST" if address.subresource == "binding":
                return await self._bind(request, address)
            case "PUT" if named and address.subresource != "binding":
                return await self._replace(request, address)
            case "PATCH" if named and address.subresource != "finalize":
                return await self._patch(request, address)
            case "DELETE" if named and not address.subresource:
                return await self._delete(request, address)
            case "DELETE" if not named and not address.of_all_namespaces and "deletecollection" in verbs_of(address.kind):
                return await self._delete(request, address)
            case _:
                raise status.method_not_allowed()

    def _get(self, request: Request, address: Address) -> Response:
        renderer = self._renderer(request, address)
        asked = parse_list_options(request.query_params).revision or 0
        if asked > self._store.revision:
            raise status.too_large_version(asked, self._store.revision)
        raw = shown(address, self._writes.read(address).raw)
        if address.subresource == "scale":
            return JSONResponse(scale_of(raw))
        return JSONResponse(renderer.one(raw))

    async def _list(self, request: Request, address: Address) -> Response:
        renderer = self._renderer(request, address)
        options = parse_list_options(request.query_params)
        if options.watch or address.watched:
            stream = WatchStream(self._store, options, renderer)
            return StreamingResponse(stream.lines(), media_type="application/json")
        return JSONResponse(renderer.page(list_page(self._store, address, options)))

    async def _create(self, request: Request, address: Address) -> Response:
        renderer = self._renderer(request, address)
        raw = parse_object_body(await _body(request), request.headers.get("content-type", ""), address.kind.kind)
        outcome = await self._writes.create(address, raw, parse_write_options(request.query_params, "CreateOptions"))
        return _written(renderer, outcome, 201)

    async def _bind(self, request: Request, address: Address) -> Response:
        """A pod is given its node: what a scheduler does."""
        binding = parse_object_body(await _body(request), request.headers.get("content-type", ""), "Binding")
        await self._writes.bind(address, binding)
        return JSONResponse({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, 201)

    async def _replace(self, request: Request, address: Address) -> Response:
        renderer = self._renderer(request, address)
        expected = "Scale" if address.subresource == "scale" else address.kind.kind
        raw = parse_object_body(await _body(request), request.headers.get("content-type", ""), expected)
        outcome = await self._writes.replace(address, raw, parse_write_options(request.query_params, "UpdateOptions"))
        return _written(renderer, outcome, 200)

    async def _patch(self, request: Request, address: Address) -> Response:
        renderer = self._renderer(request, address)
        patch = _patcher(address, media_type(request.headers.get("content-type", "")), await _body(request))
        options = parse_write_options(request.query_params, "PatchOptions")
        if address.subresource == "scale":
            change = patch
            patch = lambda raw: change(scale_of(raw))  # noqa: E731  # the patch is laid over the Scale, not over the workload
        outcome = await self._writes.patch(address, patch, options)
        return _written(renderer, outcome, 200)

    async def _delete(self, request: Request, address: Address) -> Response:
        renderer = self._renderer(request, address)
        body = await _body(request)
        options = parse_delete_options(request.query_params, parse_json(body, "DeleteOptions") if body else None)
        if not address.name:
            return await self._delete_collection(request, renderer)
        outcome = await self._writes.delete(address, options)
        if outcome.deleted and address.kind.kind not in _ANSWERED_WHOLE:
            metadata = outcome.raw["metadata"]
            uid = str(metadata.get("uid", "")) if isinstance(metadata, Mapping) else ""
            return JSONResponse(status.success(address.kind, address.name, uid))
        deferred = not outcome.deleted and options.cascades is True
        return JSONResponse(renderer.one(outcome.raw), 202 if deferred else 200)

    async def _delete_collection(self, request: Request, renderer: Renderer) -> Response:
        address = renderer.address
        body = await _body(request)
        options = parse_delete_options(request.query_params, parse_json(body) if body else None)
        page = list_page(self._store, address, parse_list_options(request.query_params))
        for raw in page.items:
            metadata = raw["metadata"]
            assert isinstance(metadata, Mapping)
            one = replace(address, name=str(metadata["name"]), namespace=str(metadata.get("namespace", "")))
            try:
                await self._writes.delete(one, options)
            except status.ApiError as error:
                if error.code != 404:  # gone meanwhile: what was wanted
                    raise
        return JSONResponse(renderer.page(page))

    def _renderer(self, request: Request, address: Address) -> Renderer:
        wanted = parse_accept(request.headers.get("accept", ""), FORMS)
        include = check_include(request.query_params.get("includeObject", "")) if wanted.form is Form.TABLE else ""
        return Renderer(address, wanted, include, self._context.now())


async def _body(request: Request) -> bytes:
    check_size(int(request.headers.get("content-length") or 0))
    body = await request.body()
    check_size(len(body))
    return body


def _patcher(address: Address, form: str, body: bytes) -> Callable[[Raw], Raw]:
    """What a patch of that form does to an object. Raises ApiError for a form the kind does not take."""
    if form not in patch_types(address.kind):
        error = status.unsupported_media_type(patch_types(address.kind))
        if form == Patch.APPLY.value:
            error.message = f"server-side apply is not served yet, use `kubectl apply` without --server-side; {error.message}"
        raise error
    patch = parse_json(body)

    def apply(raw: Raw) -> Raw:
        match Patch(form):
            case Patch.JSON:
                patched = apply_operations(raw, patch)
            case Patch.STRATEGIC if takes_strategic(address.kind):
                patched = merge_strategic(address.kind.kind, raw, patch)
            case _:
                patched = merge(raw, patch)
        if not isinstance(patched, Mapping):
            raise status.bad_request("the patch leaves something that is not an object")
        return patched

    return apply


def _written(renderer: Renderer, outcome: Outcome, code: int) -> Response:
    subresource = renderer.address.subresource
    body = scale_of(outcome.raw) if subresource == "scale" else renderer.one(outcome.raw)
    response = JSONResponse(body, code)
    for text in outcome.warnings:
        response.headers.append("Warning", status.format_warning(text))
    return response
