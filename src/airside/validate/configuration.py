"""Rules of ConfigMap and Secret, in Kubernetes' words. A secret's values are never shown."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64

from airside.resources.core import ConfigMap, Secret
from airside.resources.paths import key_path
from airside.validate.finding import Finding, Findings
from airside.validate.names import config_key, invalid

_MAX_SIZE = 1024 * 1024
_REQUIRED_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}
_ACCOUNT = "kubernetes.io/service-account.name"


def check_config_map(config: ConfigMap) -> Findings:
    for key in config.data:
        yield from _check_key(key, "data")
        if key in config.binary_data:
            yield Finding("AIR1040", key_path("data", key), invalid(key, "duplicate of key present in binaryData"))
    for key, value in config.binary_data.items():
        yield from _check_key(key, "binaryData")
        if _decoded(value) is None:
            yield Finding("AIR0026", key_path("binaryData", key), "expected base64")
    yield from _check_size([*config.data.values(), *config.binary_data.values()])


def check_secret(secret: Secret) -> Findings:
    for key, value in secret.data.items():
        yield from _check_key(key, "data")
        if _decoded(value) is None:
            text = "expected base64; to write plain text, use stringData"
            yield Finding("AIR0026", key_path("data", key), text)
    for key in secret.string_data:
        yield from _check_key(key, "stringData")
    keys = {*secret.data, *secret.string_data}
    for key in _REQUIRED_KEYS.get(secret.type, ()):
        if key not in keys:
            yield Finding("AIR0022", key_path("data", key), "Required value")
    if secret.type == "kubernetes.io/basic-auth" and not keys & {"username", "password"}:
        yield Finding("AIR0022", key_path("data", "username"), "Required value")
        yield Finding("AIR0022", key_path("data", "password"), "Required value")
    if secret.type == "kubernetes.io/service-account-token" and not secret.metadata.annotations.get(_ACCOUNT):
        yield Finding("AIR0022", key_path("metadata.annotations", _ACCOUNT), "Required value")
    yield from _check_docker(secret)
    yield from _check_size([*secret.data.values(), *secret.string_data.values()])


def _check_docker(secret: Secret) -> Findings:
    for key in (".dockerconfigjson", ".dockercfg"):
        if key not in _REQUIRED_KEYS.get(secret.type, ()):
            continue
        text = secret.string_data.get(key) or _decoded(secret.data.get(key, ""))
        try:
            json.loads(text or "{}")
        except (ValueError, RecursionError):
            yield Finding("AIR1042", key_path("data", key), 'Invalid value: "<secret contents redacted>": not JSON')


def _check_key(key: str, path: str) -> Findings:
    for text in config_key(key):
        yield Finding("AIR1040", key_path(path, key), invalid(key, text))


def _check_size(values: list[str]) -> Findings:
    if sum(map(len, values)) > _MAX_SIZE * 4 / 3:
        yield Finding("AIR1043", "data", f"Too long: must have at most {_MAX_SIZE} bytes")


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (NotBase64, ValueError):
        return None
