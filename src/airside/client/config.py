"""Where the server is and who one is there: read from a kubeconfig's text."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """Address, trust and token. `ca` is the PEM text of the authority; `ca_file` a path to it where the text is not given."""

    server: str
    token: str = ""
    ca: str = ""
    ca_file: Path | None = None


def parse_kubeconfig(text: str) -> ClientConfig:
    """The current context of a kubeconfig. Raises ValueError when a part is missing."""
    raw = yaml.safe_load(text)
    if not isinstance(raw, dict):
        raise ValueError("not a kubeconfig")
    context = _named(raw, "contexts", raw.get("current-context"), "context")
    cluster = _named(raw, "clusters", context.get("cluster"), "cluster")
    user = _named(raw, "users", context.get("user"), "user")
    data, path = cluster.get("certificate-authority-data"), cluster.get("certificate-authority")
    ca = base64.b64decode(str(data)).decode() if data else ""
    return ClientConfig(str(cluster["server"]).rstrip("/"), str(user.get("token", "")), ca, Path(str(path)) if path else None)


def _named(raw: Mapping[str, object], list_name: str, name: object, inner: str) -> Mapping[str, object]:
    entries = raw.get(list_name)
    for entry in entries if isinstance(entries, list) else ():
        if entry.get("name") == name and isinstance(entry.get(inner), dict):
            found: Mapping[str, object] = entry[inner]
            return found
    raise ValueError(f"the kubeconfig has no {inner} {name!r}")
