"""The messages of Kubernetes' protobuf that are read here, by field number: what kubectl's `create` commands set.

The numbers are those of the generated.proto files of k8s.io/api and k8s.io/apimachinery, and never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Form(Enum):
    """What a value is, where it is no message."""

    TEXT = auto()
    OCTETS = auto()  # base64 in JSON
    NUMBER = auto()
    FLAG = auto()
    NUMBER_OR_TEXT = auto()
    LEFT_OUT = auto()  # a status: no client's to say


class Shape(Enum):
    """How many values a field has."""

    ONE = auto()
    LIST = auto()
    MAP = auto()  # by text


@dataclass(frozen=True)
class Field:
    """`kept`: a pointer in Go, so that its zero means something."""

    name: str
    form: Form | Message = Form.TEXT
    shape: Shape = Shape.ONE
    kept: bool = False


Message = Mapping[int, Field]

_META: Message = {
    1: Field("name"),
    2: Field("generateName"),
    3: Field("namespace"),
    11: Field("labels", shape=Shape.MAP),
    12: Field("annotations", shape=Shape.MAP),
    14: Field("finalizers", shape=Shape.LIST),
}
_METADATA = Field("metadata", _META)
_STATUS = Field("status", Form.LEFT_OUT)
_NAMED: Message = {1: Field("name")}

_SERVICE_PORT: Message = {
    1: Field("name"),
    2: Field("protocol"),
    3: Field("port", Form.NUMBER),
    4: Field("targetPort", Form.NUMBER_OR_TEXT),
    5: Field("nodePort", Form.NUMBER),
    6: Field("appProtocol"),
}
_SERVICE_SPEC: Message = {
    1: Field("ports", _SERVICE_PORT, Shape.LIST),
    2: Field("selector", shape=Shape.MAP),
    3: Field("clusterIP"),
    4: Field("type"),
    7: Field("sessionAffinity"),
    10: Field("externalName"),
}

_CONTAINER_PORT: Message = {
    1: Field("name"),
    2: Field("hostPort", Form.NUMBER),
    3: Field("containerPort", Form.NUMBER),
    4: Field("protocol"),
}
_CONTAINER: Message = {
    1: Field("name"),
    2: Field("image"),
    3: Field("command", shape=Shape.LIST),
    4: Field("args", shape=Shape.LIST),
    5: Field("workingDir"),
    6: Field("ports", _CONTAINER_PORT, Shape.LIST),
    7: Field("env", {1: Field("name"), 2: Field("value")}, Shape.LIST),
    14: Field("imagePullPolicy"),
}
_POD_SPEC: Message = {
    2: Field("containers", _CONTAINER, Shape.LIST),
    3: Field("restartPolicy"),
    6: Field("dnsPolicy"),
    8: Field("serviceAccountName"),
}
_DEPLOYMENT_SPEC: Message = {
    1: Field("replicas", Form.NUMBER, kept=True),
    2: Field("selector", {1: Field("matchLabels", shape=Shape.MAP)}),
    3: Field("template", {1: _METADATA, 2: Field("spec", _POD_SPEC)}),
    4: Field("strategy", {1: Field("type")}),
    5: Field("minReadySeconds", Form.NUMBER),
    7: Field("paused", Form.FLAG),
}

KINDS: Mapping[tuple[str, str], Message] = {
    ("v1", "Namespace"): {1: _METADATA, 3: _STATUS},
    ("v1", "ServiceAccount"): {
        1: _METADATA,
        3: Field("imagePullSecrets", _NAMED, Shape.LIST),
        4: Field("automountServiceAccountToken", Form.FLAG, kept=True),
    },
    ("v1", "ConfigMap"): {
        1: _METADATA,
        2: Field("data", shape=Shape.MAP),
        3: Field("binaryData", Form.OCTETS, Shape.MAP),
        4: Field("immutable", Form.FLAG, kept=True),
    },
    ("v1", "Secret"): {
        1: _METADATA,
        2: Field("data", Form.OCTETS, Shape.MAP),
        3: Field("type"),
        4: Field("stringData", shape=Shape.MAP),
        5: Field("immutable", Form.FLAG, kept=True),
    },
    ("v1", "Service"): {1: _METADATA, 2: Field("spec", _SERVICE_SPEC), 3: _STATUS},
    ("apps/v1", "Deployment"): {1: _METADATA, 2: Field("spec", _DEPLOYMENT_SPEC), 3: _STATUS},
}
"""By apiVersion and kind."""
