"""Who may come in: programs on this machine that hold the installation's token, and no web page.

The Host header must be a name of this machine, or a page from elsewhere could reach us by a name it points here (DNS rebinding);
a browser's Origin must be ours for the same reason.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from airside.apiserver.status import ApiError, unauthorized

OPEN_PATHS = frozenset({"/healthz", "/livez", "/readyz", "/version", "/version/"})
LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class Guard:
    """The outermost ASGI layer."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope["path"], Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await JSONResponse(refusal.to_json(), refusal.code)(scope, receive, send)

    def _refusal(self, path: str, headers: Headers) -> ApiError | None:
        if not is_local(headers.get("host", "")):
            return ApiError(403, "Forbidden", f"this API is for programs on this machine, not for the host {headers.get('host')!r}")
        origin = headers.get("origin")
        if origin is not None and not is_local(urlsplit(origin).netloc):
            return ApiError(403, "Forbidden", f"this API does not answer pages from {origin}")
        if path in OPEN_PATHS and "authorization" not in headers:
            return None
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token):
            return None
        return unauthorized()


def is_local(netloc: str) -> bool:
    try:
        return urlsplit(f"//{netloc}").hostname in LOCAL_NAMES
    except ValueError:
        return False
