"""Objects, lists and watch events in the form a client asked for: as they are, as a Table, or as metadata alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from airside.apiserver.address import Address
from airside.apiserver.bookmarks import blank
from airside.apiserver.columns import columns_of
from airside.apiserver.metadata import is_custom, metadata_of
from airside.apiserver.negotiate import Form, Wanted
from airside.apiserver.reads import Page
from airside.apiserver.status import ApiError, bad_request

Raw = Mapping[str, object]
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Renderer:
    """How answers to one request look. `include`: what a Table's rows carry of the object (None, Metadata or Object)."""

    address: Address
    wanted: Wanted
    include: str
    now: datetime

    def one(self, raw: Raw) -> Json:
        match self.wanted.form:
            case Form.TABLE:
                return self._table([raw], {"resourceVersion": metadata_of(raw).get("resourceVersion", "")})
            case Form.METADATA:
                return self._metadata(raw)
            case Form.METADATA_LIST:
                kind = self.address.kind.kind
                raise ApiError(
                    406,
                    "NotAcceptable",
                    f"you requested PartialObjectMetadataList, but {kind} {metadata_of(raw).get('name')} is not a list",
                )
            case _:
                return dict(raw)

    def page(self, page: Page) -> Json:
        kind = self.address.kind
        match self.wanted.form:
            case Form.TABLE:
                return self._table(page.items, page.metadata())
            case Form.METADATA_LIST:
                items = [self._metadata(raw) for raw in page.items]
                return {"kind": "PartialObjectMetadataList", "apiVersion": self._meta_version, "metadata": page.metadata(), "items": items}
            case Form.METADATA:
                raise ApiError(
                    406, "NotAcceptable", f"you requested PartialObjectMetadata, but the requested object is a list of {kind.plural}"
                )
            case _:
                # built-in kinds leave out what the list says already; custom resources, as Istio's are, repeat it
                items = [dict(raw) if is_custom(kind) else _untyped(raw) for raw in page.items]
                return {"kind": f"{kind.kind}List", "apiVersion": self.address.api_version, "metadata": page.metadata(), "items": items}

    def event(self, raw: Raw, first: bool) -> Json:
        """An object within a watch. Only the first Table says what its columns are."""
        if self.wanted.form is Form.METADATA_LIST:
            return self._metadata(raw)
        shown = self.one(raw)
        if self.wanted.form is Form.TABLE and not first:
            shown["columnDefinitions"] = None
        return shown

    def bookmark(self, revision: int, ends_start: bool, first: bool) -> Json:
        """An object with nothing but a version: how far the watch has come."""
        annotations = {"annotations": {"k8s.io/initial-events-end": "true"}} if ends_start else {}
        metadata = {"resourceVersion": str(revision), "creationTimestamp": None, **annotations}
        raw: Json = {"kind": self.address.kind.kind, "apiVersion": self.address.api_version, "metadata": metadata}
        return self.event({**raw, **blank(self.address.kind.kind)}, first)

    @property
    def _meta_version(self) -> str:
        return f"meta.k8s.io/{self.wanted.version}"

    def _metadata(self, raw: Raw) -> Json:
        return {"kind": "PartialObjectMetadata", "apiVersion": self._meta_version, "metadata": metadata_of(raw)}

    def _table(self, objects: Iterable[Raw], metadata: Json) -> Json:
        columns = columns_of(self.address.kind)
        rows = [{"cells": [column.cell(raw, self.now) for column in columns], "object": self._included(raw)} for raw in objects]
        definitions = [column.definition() for column in columns]
        return {"kind": "Table", "apiVersion": self._meta_version, "metadata": metadata, "columnDefinitions": definitions, "rows": rows}

    def _included(self, raw: Raw) -> Json | None:
        match self.include:
            case "" | "Metadata":
                return self._metadata(raw)
            case "Object":
                return dict(raw)
            case _:
                return None


def check_include(text: str) -> str:
    """Raises ApiError for a value that is none."""
    if text not in ("", "None", "Metadata", "Object"):
        why = f"""includeObject: Invalid value: "{text}": must be 'Metadata', 'Object', 'None', or empty"""
        raise bad_request(f"Unable to convert to Table as requested: {why}")
    return text


def _untyped(raw: Raw) -> Json:
    return {name: value for name, value in raw.items() if name not in ("kind", "apiVersion")}
