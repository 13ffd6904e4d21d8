"""Istio's hosts, and the lists that name namespaces and gateways."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network

from airside.validate.finding import Finding, Findings
from airside.validate.names import dns_label

_LABEL = re.compile(r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?", re.ASCII)
_FIRST_LABEL = re.compile(rf"\*|(?:\*|\*-)?{_LABEL.pattern}", re.ASCII)


def judge_host(host: str) -> Iterator[str]:
    """What is wrong with a DNS name whose first label may be, or begin with, a wildcard. An IP address is a host too."""
    if not host:
        yield "a host must not be empty"
        return
    if is_ip(host) or host == "*":
        return
    if len(host) > 255:
        yield f"a host has at most 255 characters, this has {len(host)}"
        return
    labels = host.removesuffix(".").split(".")
    for index, label in enumerate(labels):
        if not (_FIRST_LABEL if index == 0 else _LABEL).fullmatch(label) or len(label) > 63:
            wildcard = "; a wildcard stands only at the very front, as in *.example.com" if "*" in label else ""
            yield f'"{host}" is no host: the part "{label}" is not a DNS label{wildcard}'
            return
    if labels[-1].isdigit():
        yield f'"{host}" is no host: the last part is a number'


def is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def check_hosts_differ(hosts: tuple[str, ...], path: str, code: str) -> Findings:
    """No host twice, and none that another's wildcard covers."""
    seen: dict[str, int] = {}
    wild: list[int] = []
    for index, host in enumerate(hosts):
        # Only wildcards need a look at every other host.
        others = range(index) if host.startswith("*") else wild
        earlier = seen.get(host.lower(), next((other for other in others if hosts_overlap(host, hosts[other])), None))
        if earlier is not None:
            same = host.lower() == hosts[earlier].lower()
            text = f'"{host}" is here twice' if same else f'"{host}" and "{hosts[earlier]}" overlap'
            yield Finding(code, f"{path}[{index}]", f"{text} ({path}[{earlier}]); a host is in one VirtualService once")
        seen.setdefault(host.lower(), index)
        if host.startswith("*"):
            wild.append(index)


def covers(pattern: str, host: str) -> bool:
    """Whether a host, or all that a wildcard host stands for, falls under the pattern."""
    pattern, host = pattern.lower(), host.lower()
    return pattern == host or (pattern.startswith("*") and host.endswith(pattern[1:]) and len(host) >= len(pattern))


def hosts_overlap(one: str, other: str) -> bool:
    return covers(one, other) or covers(other, one)


def check_export_to(export_to: tuple[str, ...], namespace: str) -> Findings:
    seen: set[str] = set()
    for index, entry in enumerate(export_to):
        path = f"spec.exportTo[{index}]"
        if entry == "*" and len(export_to) > 1:
            yield Finding("AIR1008", path, '"*" exports to all namespaces; it stands alone')
        elif entry == "~":
            yield Finding("AIR1008", path, '"~" (to nobody) is not possible here; "." exports to the own namespace only')
        elif entry not in ("*", "."):
            for text in dns_label(entry):
                yield Finding("AIR1008", path, f'"{entry}" is no namespace, "." or "*": {text}')
        target = namespace if entry == "." else entry
        if target in seen:
            yield Finding("AIR1008", path, f'"{entry}" is here twice')
        seen.add(target)


def check_gateways(gateways: tuple[str, ...], path: str) -> Findings:
    """References to Gateways: `mesh`, `name` or `namespace/name`."""
    for index, gateway in enumerate(gateways):
        at = f"{path}[{index}]"
        if gateway == "mesh":
            continue
        namespace, slash, name = gateway.rpartition("/")
        if not slash and "." in gateway:
            text = "a Gateway by domain name is an older form, taken as namespace/name; write namespace/name"
            yield Finding("AIR1107", at, f'"{gateway}": {text}')
        elif "/" in namespace or (slash and not namespace):
            yield Finding("AIR1106", at, f'"{gateway}" is no Gateway: expected name, namespace/name or mesh')
        else:
            for part in (namespace,) if slash and namespace != "." else ():
                for text in dns_label(part):
                    yield Finding("AIR1106", at, f'"{gateway}": namespace: {text}')
            for text in dns_label(name):
                yield Finding("AIR1106", at, f'"{gateway}": {text}')


def check_source_labels(labels: Mapping[str, str], path: str) -> Findings:
    """Labels that select; wildcards are not patterns here."""
    for key, value in labels.items():
        if not key:
            yield Finding("AIR1119", path, "a label's key must not be empty")
        if "*" in key or "*" in value:
            yield Finding("AIR1119", path, f'"{key}: {value}": wildcards are not supported in a selector')


def check_subnets(subnets: tuple[str, ...], path: str) -> Findings:
    for index, subnet in enumerate(subnets):
        try:
            ip_network(subnet, strict=False)
        except ValueError:
            yield Finding("AIR1134", f"{path}[{index}]", f'"{subnet}" is no IP address or subnet such as 10.1.0.0/16')


def check_port_number(number: int, path: str) -> Findings:
    if not 1 <= number <= 65535:
        yield Finding("AIR1114", path, f"a port is between 1 and 65535, found {number}")
