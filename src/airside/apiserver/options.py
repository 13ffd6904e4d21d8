"""Query parameters and DeleteOptions as typed values. Raises ApiError for what does not parse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from airside.apiserver.status import Cause, bad_request, invalid_options
from airside.resources.parse import UnknownFields

Query = Mapping[str, str]
LONGEST_MANAGER = 128
_TRUE = frozenset({"1", "true", "True", "TRUE", "t", "T"})


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What a GET of a collection asks for."""

    labels: str = ""
    fields: str = ""
    limit: int = 0
    token: str = ""
    revision: int | None = None
    exact: bool = False
    watch: bool = False
    bookmarks: bool = False
    initial_events: bool = False
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How a write is to be taken."""

    dry_run: bool = False
    unknown: UnknownFields = UnknownFields.WARN
    manager: str = ""


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How a DELETE is to be done. `propagation`: Background, Foreground, Orphan, or "" for the kind's own way."""

    dry_run: bool = False
    grace: int | None = None
    propagation: str = ""
    cascades: bool | None = None
    uid: str = ""
    revision: str = ""


def parse_list_options(query: Query) -> ListOptions:
    version, watch = query.get("resourceVersion", ""), _flag(query, "watch")
    if causes := _check_match(query.get("resourceVersionMatch", ""), version, watch and not _flag(query, "sendInitialEvents")):
        raise invalid_options("ListOptions", causes)
    if version and query.get("continue") and version != "0" and not watch:
        raise bad_request("specifying resource version is not allowed when using continue")
    timeout = _integer(query, "timeoutSeconds")
    return ListOptions(
        labels=query.get("labelSelector", ""),
        fields=query.get("fieldSelector", ""),
        # a list of any age comes whole from Kubernetes' cache, and clients that ask for one count on it
        limit=0 if version == "0" else _integer(query, "limit") or 0,
        token=query.get("continue", ""),
        revision=_revision(version),
        exact=query.get("resourceVersionMatch") == "Exact",
        watch=watch,
        bookmarks=_flag(query, "allowWatchBookmarks"),
        initial_events=_flag(query, "sendInitialEvents"),
        timeout=float(timeout) if timeout else None,
    )


def _check_match(match: str, version: str, watch: bool) -> list[Cause]:
    field = "resourceVersionMatch"
    if match and watch:
        return [Cause("FieldValueForbidden", "Forbidden: resourceVersionMatch is forbidden for watch", field)]
    if match not in ("", "Exact", "NotOlderThan"):
        return [Cause("FieldValueNotSupported", f'Unsupported value: "{match}": supported values: "Exact", "NotOlderThan", ""', field)]
    if match and not version:
        return [Cause("FieldValueForbidden", "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided", field)]
    if match == "Exact" and version == "0":
        return [Cause("FieldValueForbidden", 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"', field)]
    return []


def parse_write_options(query: Query, options: str) -> WriteOptions:
    """`options`: what Kubernetes calls them: CreateOptions, UpdateOptions or PatchOptions."""
    if len(query.get("fieldManager", "")) > LONGEST_MANAGER:
        raise invalid_options(options, [Cause("FieldValueTooLong", f"Too long: may not be longer than {LONGEST_MANAGER}", "fieldManager")])
    if "force" in query:
        raise invalid_options(options, [Cause("FieldValueForbidden", "Forbidden: may not be specified for non-apply patch", "force")])
    word = query.get("fieldValidation", "") or "Warn"
    try:
        unknown = UnknownFields(word)
    except ValueError as error:
        raise bad_request(f'fieldValidation: Unsupported value: "{word}": supported values: "Ignore", "Strict", "Warn"') from error
    return WriteOptions(_dry_run([query["dryRun"]] if query.get("dryRun") else [], options), unknown, query.get("fieldManager", ""))


def parse_delete_options(query: Query, body: object) -> DeleteOptions:
    """Of the body if there is one, otherwise of the query: Kubernetes does not mix them either."""
    if body is None:
        return _delete_options(
            {
                "gracePeriodSeconds": _integer(query, "gracePeriodSeconds"),
                "propagationPolicy": query.get("propagationPolicy"),
                "orphanDependents": _flag(query, "orphanDependents") if "orphanDependents" in query else None,
                "dryRun": [query["dryRun"]] if query.get("dryRun") else None,
            }
        )
    if not isinstance(body, Mapping):
        raise bad_request("the body of a DELETE is DeleteOptions, a JSON object")
    if body.get("kind", "DeleteOptions") != "DeleteOptions":
        raise bad_request(f'the body of a DELETE is DeleteOptions, not "{body.get("kind")}"')
    return _delete_options(body)


def _delete_options(body: Mapping[str, object]) -> DeleteOptions:
    grace, propagation, orphan, dry_run = (
        body.get(name) for name in ("gracePeriodSeconds", "propagationPolicy", "orphanDependents", "dryRun")
    )
    if grace is not None and (not isinstance(grace, int) or isinstance(grace, bool)):
        raise bad_request(f"gracePeriodSeconds: expected an integer, found {grace!r}")
    causes = []
    if propagation is not None and propagation not in ("Background", "Foreground", "Orphan"):
        message = f'Unsupported value: "{propagation}": supported values: "Foreground", "Background", "Orphan", "nil"'
        causes.append(Cause("FieldValueNotSupported", message, "propagationPolicy"))
    if propagation is not None and orphan is not None:
        message = f'Invalid value: "{propagation}": orphanDependents and deletionPropagation cannot be both set'
        causes.append(Cause("FieldValueInvalid", message, "propagationPolicy"))
    if causes:
        raise invalid_options("DeleteOptions", causes)
    words = [str(word) for word in dry_run] if isinstance(dry_run, list) else []
    policy = str(propagation) if propagation is not None else {True: "Orphan", False: "Background", None: ""}[_bool(orphan)]
    preconditions = body.get("preconditions")
    wanted = preconditions if isinstance(preconditions, Mapping) else {}
    return DeleteOptions(
        _dry_run(words, "DeleteOptions"),
        grace,
        policy,
        None if orphan is None else not orphan,
        str(wanted.get("uid", "")),
        str(wanted.get("resourceVersion", "")),
    )


def _bool(value: object) -> bool | None:
    return None if value is None else bool(value)


def _dry_run(words: list[str], options: str) -> bool:
    unknown = [word for word in words if word != "All"]
    if unknown:
        message = f'Unsupported value: "{unknown[0]}": supported values: "All"'
        raise invalid_options(options, [Cause("FieldValueNotSupported", message, "dryRun")])
    return bool(words)


def _flag(query: Query, name: str) -> bool:
    return query.get(name, "") in _TRUE


def _integer(query: Query, name: str) -> int | None:
    text = query.get(name, "")
    try:
        return int(text) if text else None
    except ValueError as error:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error


def _revision(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise bad_request(f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    return int(text)
