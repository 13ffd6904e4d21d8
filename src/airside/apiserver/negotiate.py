"""Which form of answer the Accept header asks for, and which form of body the Content-Type declares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from airside.apiserver.status import not_acceptable

JSON = "application/json"
_ACCEPTED = ("application/json", "application/yaml")
_PLAIN = frozenset({"application/json", "application/*", "*/*"})
_META = "meta.k8s.io"


class Form(Enum):
    """The shapes one object or list can be answered in."""

    OBJECT = "object"
    TABLE = "Table"
    METADATA = "PartialObjectMetadata"
    METADATA_LIST = "PartialObjectMetadataList"
    DISCOVERY = "APIGroupDiscoveryList"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The form that won, and in which version (of meta.k8s.io or apidiscovery.k8s.io)."""

    form: Form = Form.OBJECT
    version: str = ""
    yaml: bool = False


_GROUPS = {
    (Form.TABLE.value, _META): Form.TABLE,
    (Form.METADATA.value, _META): Form.METADATA,
    (Form.METADATA_LIST.value, _META): Form.METADATA_LIST,
    (Form.DISCOVERY.value, "apidiscovery.k8s.io"): Form.DISCOVERY,
}
_VERSIONS = {
    Form.TABLE: ("v1", "v1beta1"),
    Form.METADATA: ("v1", "v1beta1"),
    Form.METADATA_LIST: ("v1", "v1beta1"),
    Form.DISCOVERY: ("v2", "v2beta1"),
}


def parse_accept(header: str, forms: frozenset[Form]) -> Wanted:
    """The first clause that can be met, of the forms that are possible here. Raises ApiError when none can."""
    for clause in header.split(",") if header.strip() else ["*/*"]:
        media, *parameters = (part.strip() for part in clause.split(";"))
        if media == "application/yaml" and len(parameters) == 0:
            return Wanted(yaml=True)
        if media not in _PLAIN:
            continue
        named = dict(parameter.partition("=")[::2] for parameter in parameters)
        if "as" not in named:
            return Wanted()
        form = _GROUPS.get((named["as"], named.get("g", "")))
        if form in forms and form is not None and named.get("v") in _VERSIONS[form]:
            return Wanted(form, named["v"])
    raise not_acceptable(_ACCEPTED)


def media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()
