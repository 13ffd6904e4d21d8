"""Objects as text: YAML, JSON and names, as kubectl prints them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import yaml

from airside.cli.output import Output
from airside.resources.kinds import Kind

Raw = Mapping[str, object]


def show_objects(objects: Sequence[Raw], output: Output, alone: bool) -> str:
    """`alone`: one object that was asked for by name is printed itself, everything else as a List."""
    cleaned = [_clean(raw) for raw in objects]
    whole = cleaned[0] if alone and len(cleaned) == 1 else _list_of(cleaned)
    if output is Output.JSON:
        return json.dumps(whole, indent=4, ensure_ascii=False)
    return yaml.dump(whole, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, width=1000).rstrip("\n")


def show_name(kind: Kind, name: str) -> str:
    return f"{kind.title}/{name}"


def typed(kind: Kind, raw: Raw) -> Raw:
    """An item of a list says neither its version nor its kind."""
    return {"apiVersion": kind.api_version, "kind": kind.kind, **raw}


def _clean(raw: Raw) -> dict[str, object]:
    """Who manages which field is noise to a reader, as kubectl thinks too."""
    metadata = raw.get("metadata")
    if not isinstance(metadata, Mapping) or "managedFields" not in metadata:
        return dict(raw)
    return {**raw, "metadata": {name: value for name, value in metadata.items() if name != "managedFields"}}


def _list_of(items: Sequence[Raw]) -> dict[str, object]:
    return {"apiVersion": "v1", "items": list(items), "kind": "List", "metadata": {"resourceVersion": ""}}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, and no anchors for values that happen to be the same object."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)
