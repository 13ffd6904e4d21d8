"""The one door to the store: an object goes in as JSON and comes out accepted, or with what is wrong with it.

Structure first (types), then defaults, then the rules of its kind, then its relations to other objects.
An error anywhere refuses the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from airside.resources.apps import Deployment, ReplicaSet
from airside.resources.fields import Raw
from airside.resources.keys import ObjectKey
from airside.resources.kinds import Kind
from airside.resources.objects import Object
from airside.resources.parse import Parsed, UnknownFields, name_of, parse_object
from airside.resources.pod import Pod
from airside.resources.problems import Problem, Severity
from airside.validate.across import check_across
from airside.validate.catalogue import CATALOGUE
from airside.validate.defaults import apply_defaults
from airside.validate.finding import Finding, Findings
from airside.validate.metadata import check_metadata
from airside.validate.rules import check_object
from airside.validate.unsupported import check_unsupported
from airside.validate.view import View

__all__ = ["Accepted", "KnowsImage", "Rejected", "UnknownFields", "accept"]

KnowsImage = Callable[[str], bool]
"""Whether the image catalogue says how to run an image."""

DEFAULT_NAMESPACE = "default"


@dataclass(frozen=True)
class Accepted:
    """An object fit for the store. Made by `accept` only."""

    kind: Kind
    key: ObjectKey
    object: Object
    raw: Raw
    warnings: tuple[Problem, ...]


@dataclass(frozen=True)
class Rejected:
    """Why an object is not accepted: at least one error, and the warnings beside."""

    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


def accept(
    raw: Mapping[str, object],
    unknown: UnknownFields = UnknownFields.STRICT,
    view: View | None = None,
    knows_image: KnowsImage | None = None,
) -> Accepted | Rejected:
    """The object as the store keeps it: in the storage version, defaulted, judged. `raw` is left alone.

    Relations to other objects are looked at only with a `view`, images only with `knows_image`. A namespaced object without a namespace is
    one of `default`.
    """
    parsed = parse_object(raw, unknown)
    if isinstance(parsed, list):
        return Rejected(tuple(parsed))
    found, stored = _complete(parsed)
    subject = name_of(stored)
    problems = [*parsed.warnings, *_as_problems(subject, _judge(parsed.kind, found, stored))]
    if any(problem.severity is Severity.ERROR for problem in problems):
        return Rejected(tuple(problems))
    if view is not None:
        problems += _as_problems(subject, check_across(found, view))
    if knows_image is not None:
        problems += _as_problems(subject, _check_images(found, knows_image))
    return Accepted(parsed.kind, found.key, found, stored, tuple(problems))


def _complete(parsed: Parsed) -> tuple[Object, Raw]:
    """With namespace and defaults. The JSON is the parser's own copy, so it is filled in place."""
    raw, changed = parsed.raw, False
    if parsed.kind.namespaced and not parsed.object.metadata.namespace:
        metadata = raw.setdefault("metadata", {})
        assert isinstance(metadata, dict), "the types have judged the structure"
        metadata["namespace"] = DEFAULT_NAMESPACE
        changed = True
    changed = apply_defaults(parsed.kind.kind, raw) or changed
    return (parsed.kind.model.of(raw) if changed else parsed.object), raw


def _judge(kind: Kind, found: Object, raw: Raw) -> Findings:
    yield from check_metadata(kind, found.metadata)
    yield from check_object(found)
    yield from check_unsupported(kind.kind, raw)


def _as_problems(subject: str, findings: Iterable[Finding]) -> list[Problem]:
    return [Problem(found.code, CATALOGUE[found.code].severity, subject, found.field, found.message) for found in findings]


def _check_images(found: Object, knows_image: KnowsImage) -> Findings:
    match found:
        case Deployment() | ReplicaSet():
            spec, path = found.spec.template.spec, "spec.template.spec"
        case Pod():
            spec, path = found.spec, "spec"
        case _:
            return
    for index, container in enumerate(spec.containers):
        if not container.command and not knows_image(container.image):
            text = f'image "{container.image}" is not in the image catalogue and there is no command: add one, or an entry to the catalogue'
            yield Finding("AIR1029", f"{path}.containers[{index}].image", text)
