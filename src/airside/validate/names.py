"""Names, labels and keys, with Kubernetes' own rules and words: each function gives what is wrong with a value, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_ENV_NAME = "[-._a-zA-Z][-._a-zA-Z0-9]*"

_EXAMPLES = "(e.g. 'my-name',  or '{other}', regex used for validation is '{regex}')"
_LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-',"
    " and must start and end with an alphanumeric character " + _EXAMPLES.format(other="123-abc", regex=_LABEL)
)
_SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.',"
    f" and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_LABEL_1035_TEXT = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character,"
    " and end with an alphanumeric character " + _EXAMPLES.format(other="abc-123", regex=_LABEL_1035)
)
_NAME_PART = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
    f" (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED}')"
)
_LABEL_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.',"
    " and must start and end with an alphanumeric character"
    f" (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '({_QUALIFIED})?')"
)
_CONFIG_KEY_TEXT = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name',"
    f" regex used for validation is '{_CONFIG_KEY}')"
)
_ENV_NAME_TEXT = (
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit"
    f" (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '{_ENV_NAME}')"
)


def _judge(value: str, pattern: str, text: str, longest: int) -> Iterator[str]:
    if len(value) > longest:
        yield f"must be no more than {longest} characters"
    elif not re.fullmatch(pattern, value, re.ASCII):
        yield text


def dns_label(value: str) -> Iterator[str]:
    return _judge(value, _LABEL, _LABEL_TEXT, 63)


def dns_subdomain(value: str) -> Iterator[str]:
    return _judge(value, _SUBDOMAIN, _SUBDOMAIN_TEXT, 253)


def service_name(value: str) -> Iterator[str]:
    """Services keep to RFC 1035: no digit first, no dot."""
    return _judge(value, _LABEL_1035, _LABEL_1035_TEXT, 63)


def qualified_name(value: str, subject: str = "name part") -> Iterator[str]:
    """A key of a label or an annotation: `name` or `prefix.example.com/name`."""
    prefix, slash, name = value.rpartition("/")
    if slash and "/" in prefix:
        yield (f"a qualified name {_NAME_PART} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')")
        return
    if slash and not prefix:
        yield "prefix part must be non-empty"
    elif slash:
        yield from (f"prefix part {text}" for text in dns_subdomain(prefix))
    if not name:
        yield f"{subject} must be non-empty"
    elif len(name) > 63:
        yield f"{subject} must be no more than 63 characters"
    elif not re.fullmatch(_QUALIFIED, name, re.ASCII):
        yield f"{subject} {_NAME_PART}"


def label_value(value: str) -> Iterator[str]:
    return _judge(value, f"({_QUALIFIED})?", _LABEL_VALUE_TEXT, 63)


def config_key(value: str) -> Iterator[str]:
    """A key of a ConfigMap or Secret: it may become a file name."""
    if value in (".", ".."):
        yield f"must not be '{value}'"
    elif value.startswith(".."):
        yield "must not start with '..'"
    else:
        yield from _judge(value, _CONFIG_KEY, _CONFIG_KEY_TEXT, 253)


def env_name(value: str) -> Iterator[str]:
    return _judge(value, _ENV_NAME, _ENV_NAME_TEXT, 32_768)


def port_name(value: str) -> Iterator[str]:
    """A container's port name (IANA service name)."""
    if len(value) > 15:
        yield "must be no more than 15 characters"
    if not re.fullmatch("[-a-z0-9]+", value, re.ASCII):
        yield "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    elif not re.search("[a-z]", value):
        yield "must contain at least one letter (a-z)"
    elif "--" in value:
        yield "must not contain consecutive hyphens"
    elif value.startswith("-") or value.endswith("-"):
        yield "must not begin or end with a hyphen"


def invalid(value: object, text: str) -> str:
    """Kubernetes' form of a finding on a value."""
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return f"Invalid value: {shown}: {text}"
