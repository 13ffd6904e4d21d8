"""Rules of header operations."""

from __future__ import annotations

import re

from airside.resources.paths import key_path
from airside.resources.virtual_service import HeaderOperations, Headers
from airside.validate.finding import Finding, Findings
from airside.validate.string_match import is_header_name

_AUTHORITY = frozenset({":authority", "host"})
# What Envoy's formatter takes: %% for a percent sign, %COMMAND(arguments):length% for a value.
_FORMATTED = re.compile(r"%%|%[A-Z][A-Z0-9_]*(?:\([^)]*\))?(?::\d+)?%", re.ASCII)


def check_headers(headers: Headers, path: str) -> Findings:
    if headers.request is not None:
        yield from _check_operations(headers.request, f"{path}.request", takes_authority=True)
    if headers.response is not None:
        yield from _check_operations(headers.response, f"{path}.response", takes_authority=False)


def _check_operations(operations: HeaderOperations, path: str, takes_authority: bool) -> Findings:
    for field, values in (("set", operations.set), ("add", operations.add)):
        for name, value in values.items():
            at = key_path(f"{path}.{field}", name)
            yield from _check_name(name, at, takes_authority)
            if "%" in _FORMATTED.sub("", value):
                yield Finding(
                    "AIR1138", at, f'"{value}": a percent sign is written %%, or it begins and ends a command such as %REQ(:path)%'
                )
    for index, name in enumerate(operations.remove):
        yield from _check_name(name, f"{path}.remove[{index}]", takes_authority=False)


def _check_name(name: str, path: str, takes_authority: bool) -> Findings:
    if takes_authority and name.lower() in _AUTHORITY:
        return
    if not name:
        yield Finding("AIR1120", path, "a header's name must not be empty")
    elif name.startswith(":") or name.lower() == "host":
        yield Finding("AIR1120", path, f'"{name}" cannot be changed here; only set and add of the request take :authority')
    elif not is_header_name(name):
        yield Finding("AIR1120", path, f'"{name}" is no header name')


def authority_writes(headers: Headers | None, path: str) -> list[str]:
    """The fields that write the host of the request."""
    if headers is None or headers.request is None:
        return []
    return [
        key_path(f"{path}.request.{field}", name)
        for field, values in (("set", headers.request.set), ("add", headers.request.add))
        for name in values
        if name.lower() in _AUTHORITY
    ]
