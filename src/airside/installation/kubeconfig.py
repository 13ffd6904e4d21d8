"""The kubeconfig of an installation: its own CA and token, inline, so that every client can use it."""

from __future__ import annotations

import base64
import json

CONTEXT = "airside"


def build_kubeconfig(port: int, authority: bytes, token: str) -> str:
    """JSON, which is YAML. `authority`: the CA certificate in PEM. The token is inline since not every client reads `tokenFile`."""
    certificate = base64.b64encode(authority).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": CONTEXT,
        "clusters": [{"name": CONTEXT, "cluster": {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": certificate}}],
        "users": [{"name": CONTEXT, "user": {"token": token}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT, "namespace": "default"}}],
    }
    return json.dumps(config, indent=2) + "\n"
