"""Routes that answer by themselves: redirects and direct responses."""

from __future__ import annotations

from base64 import b64decode

from envoy.config.route.v3.route_components_pb2 import RedirectAction, Route

from airside.resources.virtual_service import DirectResponse, HttpRedirect

_CODES = {
    0: RedirectAction.MOVED_PERMANENTLY,
    301: RedirectAction.MOVED_PERMANENTLY,
    302: RedirectAction.FOUND,
    303: RedirectAction.SEE_OTHER,
    307: RedirectAction.TEMPORARY_REDIRECT,
    308: RedirectAction.PERMANENT_REDIRECT,
}
_IMPLIED_PORTS = {"http": 80, "https": 443}


def build_redirect(route: Route, redirect: HttpRedirect, listener_port: int) -> None:
    code = _CODES.get(redirect.redirect_code)
    if code is None:
        return  # Istio makes a route without an action of any other code; validation refuses it before
    action = route.redirect
    action.response_code = code
    if redirect.authority:
        action.host_redirect = redirect.authority
    if redirect.uri:
        action.path_redirect = redirect.uri
    elif redirect.prefix_rewrite:
        action.prefix_rewrite = redirect.prefix_rewrite
    if redirect.scheme:
        action.scheme_redirect = redirect.scheme
    port = listener_port if redirect.derive_port == "FROM_REQUEST_PORT" else redirect.port
    if port is not None and port != _IMPLIED_PORTS.get(redirect.scheme or "http"):
        action.port_redirect = port


def build_direct_response(route: Route, response: DirectResponse) -> None:
    route.direct_response.status = response.status
    body = response.body
    if body is not None and body.string is not None:
        route.direct_response.body.inline_string = body.string
    elif body is not None and body.bytes is not None:
        route.direct_response.body.inline_bytes = b64decode(body.bytes)
