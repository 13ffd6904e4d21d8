"""Kubernetes' Status objects: every answer that is not an object. An `ApiError` is raised by whatever finds that a call cannot be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airside.resources.kinds import Kind

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that is wrong, and with which field."""

    reason: str
    message: str
    field: str = ""

    def to_json(self) -> Json:
        return {"reason": self.reason, "message": self.message, **({"field": self.field} if self.field else {})}


class ApiError(Exception):
    """A call that ends with a Status. `headers` go with the answer."""

    def __init__(self, code: int, reason: str, message: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.message, self.details = code, reason, message, details
        self.headers: dict[str, str] = {}

    def causes(self) -> list[Cause]:
        found = (self.details or {}).get("causes")
        return [Cause(**cause) for cause in found] if isinstance(found, list) else []

    def to_json(self) -> Json:
        body: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message}
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = dict(self.details)
        return {**body, "code": self.code}


def details_of(kind: Kind, name: str, **more: object) -> Json:
    """`details` of a Status about an object: the plural stands under `kind`, as Kubernetes has it."""
    named = {"name": name} if name else {}
    group = {"group": kind.group} if kind.group else {}
    return {**named, **group, "kind": kind.plural, **more}


def not_found(kind: Kind, name: str, subresource: str = "") -> ApiError:
    error = ApiError(404, "NotFound", f'{kind.resource} "{name}" not found', details_of(kind, name))
    if subresource == "scale":  # the scale's own storage answers, under its own name
        error.message = error.message.replace(kind.plural, f"{kind.plural}/scale", 1)
        error.details = {**details_of(kind, name), "kind": f"{kind.plural}/scale"}
    return error


def already_exists(kind: Kind, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', details_of(kind, name))


def conflict(kind: Kind, name: str, why: str = "") -> ApiError:
    why = why or "the object has been modified; please apply your changes to the latest version and try again"
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return ApiError(409, "Conflict", message, details_of(kind, name))


def invalid(kind: Kind, name: str, causes: Sequence[Cause]) -> ApiError:
    """422. The text lists every cause, since kubectl prints only the text."""
    group = {"group": kind.group} if kind.group else {}
    details = {"name": name, **group, "kind": kind.kind, "causes": [cause.to_json() for cause in causes]}
    texts = [f"{cause.field}: {cause.message}" if cause.field else cause.message for cause in causes]
    # the same line twice helps nobody; Kubernetes leaves such repeats out of the text too
    texts = list(dict.fromkeys(texts))
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    title = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    return ApiError(422, "Invalid", f'{title} "{name}" is invalid: {text}', {k: v for k, v in details.items() if v != ""})


def invalid_options(options: str, causes: Sequence[Cause]) -> ApiError:
    """422 about the parameters of a request; `options` is their type, such as ListOptions."""
    text = "; ".join(f"{cause.field}: {cause.message}" for cause in causes)
    details = {"group": "meta.k8s.io", "kind": options, "causes": [cause.to_json() for cause in causes]}
    return ApiError(422, "Invalid", f'{options}.meta.k8s.io "" is invalid: {text}', details)


class Undecodable(ApiError):
    """An object whose structure is wrong: 400 for a body, 422 for what a patch made."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "BadRequest", message)

    def of_patch(self) -> ApiError:
        cause = Cause("FieldValueInvalid", f"Invalid value: {self.message}", "patch")
        return ApiError(422, "Invalid", f' "" is invalid: patch: {cause.message}', {"causes": [cause.to_json()]})


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def forbidden(kind: Kind, name: str, why: str, causes: Sequence[Cause] = ()) -> ApiError:
    more = {"causes": [cause.to_json() for cause in causes]} if causes else {}
    return ApiError(403, "Forbidden", f'{kind.resource} "{name}" is forbidden: {why}', details_of(kind, name, **more))


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def no_such_resource() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> ApiError:
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def unsupported_media_type(accepted: Sequence[str]) -> ApiError:
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", message, {} if any("patch" in form for form in accepted) else None)


def not_acceptable(accepted: Sequence[str]) -> ApiError:
    return ApiError(406, "NotAcceptable", f"only the following media types are accepted: {', '.join(accepted)}", {})


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def too_large_version(asked: int, current: int) -> ApiError:
    causes = [Cause("ResourceVersionTooLarge", "Too large resource version").to_json()]
    message = f"Timeout: Too large resource version: {asked}, current: {current}"
    return ApiError(504, "Timeout", message, {"causes": causes, "retryAfterSeconds": 1})


def unavailable(message: str) -> ApiError:
    return ApiError(503, "ServiceUnavailable", message, {"retryAfterSeconds": 1})


def success(kind: Kind, name: str, uid: str) -> Json:
    """What a DELETE that is done answers."""
    details = details_of(kind, name, uid=uid)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def format_warning(text: str) -> str:
    """A Warning header by RFC 7234; a header holds one line of ASCII."""
    plain = " ".join(text.encode("ascii", "replace").decode().split())
    quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'
