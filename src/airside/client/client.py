"""The clients: blocking for the command line, async for the agent. Both send `requests` and speak `errors`."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, closing
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from airside.client import requests
from airside.client.config import ClientConfig, parse_kubeconfig
from airside.client.errors import ClientError, Status, Unreachable, refusal
from airside.client.mirror import Listing, Mirror, Raw, WatchEvent
from airside.client.requests import WRITING, LogWanted, Patch, Request, Selection, Served, Target, Writing

Json = dict[str, object]
EVERYTHING = Selection()
FIRST_DELAY, LONGEST_DELAY = 0.05, 5.0
"""Seconds between attempts to reach a server that is away; doubled each time."""


def read_kubeconfig(path: Path) -> ClientConfig:
    """Raises Unreachable when there is none: then there is no installation."""
    try:
        return parse_kubeconfig(path.read_text())
    except (OSError, ValueError) as error:
        raise Unreachable(f"no installation to talk to: {path}: {error}; start one with `airside up`") from error


class ApiClient:
    """Blocking calls; use as a context manager. Every call raises ClientError."""

    def __init__(self, config: ClientConfig) -> None:
        self._server = config.server
        # trust_env off: a proxy variable set for the mesh's apps must not capture calls to the control plane
        self._http = httpx.Client(base_url=config.server, verify=_trust(config), headers=_headers(config), trust_env=False)

    @classmethod
    def from_kubeconfig(cls, path: Path) -> Self:
        return cls(read_kubeconfig(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def send(self, request: Request, timeout: float | None = 30) -> Json:
        """Any request; the JSON it is answered with."""
        try:
            return _answer(self._http.send(_wire(self._http, request, timeout)))
        except httpx.TransportError as error:
            raise _unreachable(self._server, error) from error

    def get(self, kind: Served, name: str, namespace: str = "", subresource: str = "") -> Json:
        return self.send(requests.build_get(kind, namespace, name, subresource))

    def list(self, kind: Served, selection: Selection = EVERYTHING) -> Listing:
        return _listing(self.send(requests.build_list(kind, selection)))

    def create(self, kind: Served, raw: Raw, writing: Writing = WRITING) -> Json:
        return self.send(requests.build_create(kind, raw, writing))

    def replace(self, kind: Served, raw: Raw, subresource: str = "", writing: Writing = WRITING) -> Json:
        return self.send(requests.build_replace(kind, raw, subresource, writing))

    def patch(self, target: Target, patch: object, form: Patch = Patch.MERGE, writing: Writing = WRITING) -> Json:
        return self.send(requests.build_patch(target, patch, form, writing))

    def delete(self, kind: Served, name: str, namespace: str = "", grace: int | None = None, propagation: str = "Background") -> Json:
        return self.send(requests.build_delete(kind, namespace, name, grace, propagation))

    def ask(self, path: str, timeout: float | None = 30, **query: str | int | None) -> Json:
        """GET of any path, such as `/airside/v1/proxies`."""
        return self.send(Request("GET", path).asking(**query), timeout)

    def read(self, path: str, **query: str | int | None) -> str:
        """GET of any path that answers text, such as a pod's Envoy statistics."""
        return "".join(self.stream(Request("GET", path, accept="*/*").asking(**query)))

    def log(self, wanted: LogWanted) -> Iterator[str]:
        """Pieces of the log as they come; with `follow`, until the pod is gone."""
        return self.stream(requests.build_log(wanted))

    def stream(self, request: Request) -> Iterator[str]:
        """Pieces of a text answer as they come."""
        try:
            with closing(self._http.send(_wire(self._http, request, None), stream=True)) as response:
                if response.is_error:
                    response.read()
                    _answer(response)
                yield from response.iter_text()
        except httpx.TransportError as error:
            raise _unreachable(self._server, error) from error

    def watch(self, kind: Served, selection: Selection, revision: str, accept: str = "application/json") -> Iterator[Json]:
        """The lines of one watch, until the server ends it."""
        try:
            request = requests.build_watch(kind, selection, revision, accept)
            with closing(self._http.send(_wire(self._http, request, None), stream=True)) as response:
                if response.is_error:
                    response.read()
                    _answer(response)
                yield from map(json.loads, response.iter_lines())
        except httpx.TransportError as error:
            raise _unreachable(self._server, error) from error

    def follow(self, kind: Served, selection: Selection = EVERYTHING) -> Iterator[WatchEvent]:
        """What is there, SYNCED, then every change; goes on over lost connections and never ends by itself."""
        mirror, delay = Mirror(), FIRST_DELAY
        while True:
            try:
                if not mirror.revision:
                    yield from mirror.relist(self.list(kind, selection))
                for line in self.watch(kind, selection, mirror.revision):
                    delay = FIRST_DELAY
                    yield from mirror.observe(line)
                    if not mirror.revision:
                        break
            except Unreachable:
                time.sleep(delay)
                delay = min(2 * delay, LONGEST_DELAY)


class AsyncApiClient:
    """The same calls, async; use as an async context manager."""

    def __init__(self, config: ClientConfig) -> None:
        self._server = config.server
        self._http = httpx.AsyncClient(base_url=config.server, verify=_trust(config), headers=_headers(config), trust_env=False)

    @classmethod
    def from_kubeconfig(cls, path: Path) -> Self:
        return cls(read_kubeconfig(path))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.aclose()

    async def send(self, request: Request, timeout: float | None = 30) -> Json:
        try:
            return _answer(await self._http.send(_wire(self._http, request, timeout)))
        except httpx.TransportError as error:
            raise _unreachable(self._server, error) from error

    async def get(self, kind: Served, name: str, namespace: str = "", subresource: str = "") -> Json:
        return await self.send(requests.build_get(kind, namespace, name, subresource))

    async def list(self, kind: Served, selection: Selection = EVERYTHING) -> Listing:
        return _listing(await self.send(requests.build_list(kind, selection)))

    async def create(self, kind: Served, raw: Raw, writing: Writing = WRITING) -> Json:
        return await self.send(requests.build_create(kind, raw, writing))

    async def replace(self, kind: Served, raw: Raw, subresource: str = "", writing: Writing = WRITING) -> Json:
        return await self.send(requests.build_replace(kind, raw, subresource, writing))

    async def patch(self, target: Target, patch: object, form: Patch = Patch.MERGE, writing: Writing = WRITING) -> Json:
        return await self.send(requests.build_patch(target, patch, form, writing))

    async def delete(self, kind: Served, name: str, namespace: str = "", grace: int | None = None, propagation: str = "Background") -> Json:
        return await self.send(requests.build_delete(kind, namespace, name, grace, propagation))

    async def ask(self, path: str, timeout: float | None = 30, **query: str | int | None) -> Json:
        return await self.send(Request("GET", path).asking(**query), timeout)

    async def watch(self, kind: Served, selection: Selection, revision: str) -> AsyncGenerator[Json, None]:
        """The lines of one watch, until the server ends it. Close it (`aclosing`) when leaving early."""
        try:
            request = requests.build_watch(kind, selection, revision)
            async with aclosing(await self._http.send(_wire(self._http, request, None), stream=True)) as response:
                if response.is_error:
                    await response.aread()
                    _answer(response)
                async for line in response.aiter_lines():
                    yield json.loads(line)
        except httpx.TransportError as error:
            raise _unreachable(self._server, error) from error

    async def follow(self, kind: Served, selection: Selection = EVERYTHING) -> AsyncGenerator[WatchEvent, None]:
        """As ApiClient.follow. Close it (`aclosing`) when leaving early."""
        mirror, delay = Mirror(), FIRST_DELAY
        while True:
            try:
                if not mirror.revision:
                    for event in mirror.relist(await self.list(kind, selection)):
                        yield event
                async with aclosing(self.watch(kind, selection, mirror.revision)) as lines:
                    async for line in lines:
                        delay = FIRST_DELAY
                        for event in mirror.observe(line):
                            yield event
                        if not mirror.revision:
                            break
            except Unreachable:
                await asyncio.sleep(delay)
                delay = min(2 * delay, LONGEST_DELAY)


def _trust(config: ClientConfig) -> ssl.SSLContext | bool:
    return ssl.create_default_context(cadata=config.ca or None, cafile=config.ca_file) if config.ca or config.ca_file else True


def _headers(config: ClientConfig) -> dict[str, str]:
    return {"Authorization": f"Bearer {config.token}"} if config.token else {}


def _wire(http: httpx.Client | httpx.AsyncClient, request: Request, timeout: float | None) -> httpx.Request:
    headers = {"Accept": request.accept}
    if request.body is not None:
        headers["Content-Type"] = request.content_type
    return http.build_request(
        request.method,
        request.path,
        params=list(request.query) or None,
        content=request.body,
        headers=headers,
        timeout=httpx.Timeout(timeout, connect=10, pool=None),
    )


def _answer(response: httpx.Response) -> Json:
    try:
        body = response.json()
    except ValueError:
        body = response.text
    if response.is_error:
        raise refusal(Status.parse(response.status_code, body))
    if not isinstance(body, dict):
        raise ClientError(f"{response.request.url} answered something that is not a JSON object: {str(body)[:200]}")
    return body


def _listing(body: Json) -> Listing:
    items, metadata = body.get("items"), body.get("metadata")
    revision = metadata.get("resourceVersion", "") if isinstance(metadata, Mapping) else ""
    return Listing(items if isinstance(items, list) else [], str(revision))


def _unreachable(server: str, error: httpx.TransportError) -> Unreachable:
    return Unreachable(f"{server} does not answer: {error or type(error).__name__}; is the installation up? (`airside status`)")
