"""From what validation says to what a Kubernetes client hears: the accepted object and warnings, or an ApiError with causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airside.apiserver.address import Address
from airside.apiserver.metadata import is_custom, text_of
from airside.apiserver.status import ApiError, Cause, Undecodable, bad_request, invalid
from airside.resources.parse import UnknownFields
from airside.resources.problems import Problem, Severity
from airside.validate.accept import Accepted, Rejected, accept
from airside.validate.catalogue import CATALOGUE
from airside.validate.view import View
from airside.validate.workload_status import check_status

Raw = Mapping[str, object]

_UNKNOWN_FIELD = "AIR0020"
_UNDECODABLE = frozenset({"AIR0005", "AIR0021", "AIR0025", "AIR0026"})
"""Structure that Kubernetes' typed decoders refuse before validation begins: 400 instead of 422, for built-in kinds."""


def judge(address: Address, raw: Raw, unknown: UnknownFields, view: View | None) -> Accepted:
    """The object as it may be stored. Raises ApiError."""
    verdict = accept(typed(address, raw), unknown, view)
    if isinstance(verdict, Rejected):
        raise refusal(address, raw, verdict.problems)
    return verdict


def judge_status(address: Address, accepted: Accepted) -> None:
    """The status of an object, where that is what is written. Raises ApiError."""
    causes = [Cause(CATALOGUE[found.code].reason, found.message, found.field) for found in check_status(accepted.object)]
    if causes:
        raise invalid(address.kind, accepted.key.name, causes)


def typed(address: Address, raw: Raw) -> Raw:
    """The object with the type its path implies, where it names none. Raises ApiError when it names another."""
    kind, api_version = raw.get("kind", ""), raw.get("apiVersion", "")
    if kind and kind != address.kind.kind:
        where = f"the path {address.kind.plural} takes {address.kind.kind}"
        raise bad_request(f'{kind} in version "{api_version}" cannot be handled as a {address.kind.kind}: {where}')
    if api_version and api_version != address.api_version:
        raise bad_request(f"the API version in the data ({api_version}) does not match the expected API version ({address.api_version})")
    return {**raw, "apiVersion": address.api_version, "kind": address.kind.kind}


def refusal(address: Address, raw: Raw, problems: Sequence[Problem]) -> ApiError:
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    kind = address.kind
    prefix = f'{kind.kind} in version "{address.version}" cannot be handled as a {kind.kind}: '
    if all(problem.code == _UNKNOWN_FIELD for problem in errors):
        return bad_request(f"{prefix}strict decoding error: {', '.join(unknown_field(problem) for problem in errors)}")
    undecodable = [f"{problem.field}: {problem.message}" for problem in errors if problem.code in _UNDECODABLE]
    if undecodable and not is_custom(kind):
        return Undecodable(prefix + "; ".join(undecodable))
    return invalid(kind, text_of(raw, "name"), [_cause(problem) for problem in errors])


def warning(problem: Problem) -> str:
    """The text of a Warning header."""
    if problem.code == _UNKNOWN_FIELD:
        return unknown_field(problem)
    return f"{problem.code} {problem.field}: {problem.message}" if problem.field else f"{problem.code} {problem.message}"


def unknown_field(problem: Problem) -> str:
    """Kubernetes' words with our hint behind them."""
    _, _, hint = problem.message.partition("; ")
    return f'unknown field "{problem.field}"' + (f" ({hint})" if hint else "")


def _cause(problem: Problem) -> Cause:
    entry = CATALOGUE.get(problem.code)
    reason = entry.reason if entry is not None and entry.reason else "FieldValueInvalid"
    return Cause(reason, problem.message, problem.field)
