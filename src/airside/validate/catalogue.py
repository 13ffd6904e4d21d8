"""Every code a problem can have: the only list, and the source of docs/validation-codes.md.

AIR0xxx: the text and its structure; AIR1xxx: within one object; AIR2xxx: between objects. A retired number is not given again.
`python -m airside.validate.catalogue` prints the page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from airside.resources.problems import Severity

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


@dataclass(frozen=True, slots=True)
class Entry:
    """What a code means.

    `reason` is the cause in a Kubernetes client's 422 Status; errors without one make a 400: the object was not understood.
    """

    code: str
    severity: Severity
    title: str
    explanation: str
    reason: str = ""


_INVALID, _REQUIRED, _DUPLICATE = "FieldValueInvalid", "FieldValueRequired", "FieldValueDuplicate"
_UNSUPPORTED, _FORBIDDEN, _NOT_FOUND = "FieldValueNotSupported", "FieldValueForbidden", "FieldValueNotFound"


def _structure() -> Iterator[Entry]:
    yield Entry("AIR0001", _ERROR, "Not YAML", "The text cannot be read as YAML (or JSON) from the given line and column on.")
    yield Entry("AIR0002", _ERROR, "Tab in the indentation", "YAML is indented by spaces only. Set your editor to expand tabs.")
    yield Entry("AIR0003", _ERROR, "Duplicate key", "A mapping has a key twice; which one was meant cannot be known, so neither is taken.")
    yield Entry(
        "AIR0004", _ERROR, "Not an object", "Each document must be one mapping with apiVersion, kind and metadata (or a List of such)."
    )
    yield Entry(
        "AIR0005",
        _ERROR,
        "Too large or too deep",
        "More values or deeper nesting than any real object has; often an alias that multiplies itself.",
    )
    yield Entry(
        "AIR0006", _ERROR, "YAML with no place in an object", "Tags such as !!binary, keys that are not plain text, aliases to nowhere."
    )
    yield Entry("AIR0010", _ERROR, "apiVersion or kind missing", "Both say what the object is; without them nothing else can be judged.")
    yield Entry("AIR0011", _ERROR, "Kind not served", "No such kind here. The message names those that are served.")
    yield Entry("AIR0012", _ERROR, "Version not served", "The kind is served, but not in this version. The message names the served ones.")
    yield Entry(
        "AIR0020", _ERROR, "Unknown field", "The kind has no such field. For clients that ask for it, a warning, and the field is dropped."
    )
    yield Entry(
        "AIR0021", _ERROR, "Wrong type", "For example a number in quotes where a number is expected, or a single value where a list is."
    )
    yield Entry("AIR0022", _ERROR, "Required field missing", "The object cannot be understood without it.", _REQUIRED)
    yield Entry("AIR0023", _ERROR, "Not one of the possible values", "The message lists them; capital letters count.", _UNSUPPORTED)
    yield Entry("AIR0024", _ERROR, "Out of range", "The schema of the field sets the bounds.", _INVALID)
    yield Entry(
        "AIR0025", _ERROR, "Not in the expected format", "A duration, a quantity, a time, or an integer-or-text that is none.", _INVALID
    )
    yield Entry("AIR0026", _ERROR, "Not base64", "Binary data travels as base64. A Secret's plain text goes under stringData instead.")
    yield Entry(
        "AIR0030", _WARNING, "Older form", "A form of an older Istio. It is taken as it was meant there; the message shows today's form."
    )
    yield Entry("AIR0040", _WARNING, "Field without effect yet", "The field is known and kept, but nothing here acts on it yet.")


def _kubernetes() -> Iterator[Entry]:
    yield Entry("AIR1001", _ERROR, "No name", "metadata.name or metadata.generateName must be there.", _REQUIRED)
    yield Entry("AIR1002", _ERROR, "Invalid name", "Names become DNS names and file names, so only some characters are possible.", _INVALID)
    yield Entry(
        "AIR1003",
        _ERROR,
        "Invalid label",
        "Keys and values of labels, and what selects by them, have the form Kubernetes gives them.",
        _INVALID,
    )
    yield Entry("AIR1004", _ERROR, "Invalid annotation", "Keys have the form of label keys; all together have at most 256 KiB.", _INVALID)
    yield Entry("AIR1005", _ERROR, "Namespace on a cluster-wide kind", "Namespaces and Nodes are in no namespace.", _FORBIDDEN)
    yield Entry("AIR1006", _ERROR, "Annotation of Istio's own", "Annotations by which Istio talks to itself cannot be set.", _FORBIDDEN)
    yield Entry("AIR1007", _ERROR, "Invalid finalizer", "A finalizer is a standard one, or has the form example.com/name.", _INVALID)
    yield Entry("AIR1008", _ERROR, "Invalid exportTo", 'Namespaces, or "." for the own one, or "*" alone for all; each once.', _INVALID)
    yield Entry("AIR1009", _ERROR, "Invalid owner", "An owner is named whole; at most one is the controller.", _INVALID)
    yield Entry("AIR1010", _ERROR, "Selector does not find its own pods", "The labels of the template must match the selector.", _INVALID)
    yield Entry(
        "AIR1011", _ERROR, "Invalid selector", "A selector has labels or expressions, each with an operator that fits its values.", _INVALID
    )
    yield Entry("AIR1012", _ERROR, "Invalid number", "Counts and times of a workload are not negative.", _INVALID)
    yield Entry(
        "AIR1013", _ERROR, "Invalid rollout strategy", "maxSurge and maxUnavailable are counts or percentages, not both zero.", _INVALID
    )
    yield Entry("AIR1014", _ERROR, "Restart policy of a template", "Pods that a controller keeps up restart always.", _UNSUPPORTED)
    yield Entry("AIR1020", _ERROR, "Pod without containers", "At least one is needed.", _REQUIRED)
    yield Entry("AIR1021", _ERROR, "Invalid container name", "Container names are DNS labels.", _INVALID)
    yield Entry("AIR1022", _ERROR, "No image", "The image says what to run, by way of the image catalogue.", _REQUIRED)
    yield Entry("AIR1023", _ERROR, "Invalid container port", "Between 1 and 65535, with a short name or none.", _INVALID)
    yield Entry("AIR1024", _ERROR, "Duplicate name", "Containers, ports and volumes of a pod are found by their names.", _DUPLICATE)
    yield Entry("AIR1025", _ERROR, "Invalid environment", "A variable has a name, and a value or one source.", _INVALID)
    yield Entry("AIR1026", _ERROR, "Invalid probe", "A probe has exactly one handler, and no negative times.", _INVALID)
    yield Entry("AIR1027", _ERROR, "Invalid resources", "Quantities are not negative, and requests not above limits.", _INVALID)
    yield Entry(
        "AIR1028", _ERROR, "Invalid volume", "Volumes have distinct names and one source; mounts name a volume of the pod.", _INVALID
    )
    yield Entry(
        "AIR1029",
        _WARNING,
        "Nothing to run",
        "The image is not in the image catalogue and there is no command, so the pod could not start.",
    )
    yield Entry("AIR1030", _ERROR, "Service without ports or port names", "At least one port; with several, each has a name.", _REQUIRED)
    yield Entry(
        "AIR1031",
        _ERROR,
        "Invalid port of a Service",
        "port and targetPort are between 1 and 65535; targetPort may be a container port's name.",
        _INVALID,
    )
    yield Entry("AIR1032", _ERROR, "nodePort without NodePort", "A node port needs type NodePort or LoadBalancer.", _FORBIDDEN)
    yield Entry("AIR1033", _ERROR, "Invalid externalName", "A Service of type ExternalName names another host.", _INVALID)
    yield Entry("AIR1034", _ERROR, "Invalid clusterIP", 'An address, "None" for a headless service, or nothing.', _INVALID)
    yield Entry("AIR1035", _ERROR, "Duplicate port", "A Service or slice has each port and each port name once.", _DUPLICATE)
    yield Entry(
        "AIR1036",
        _ERROR,
        "nodePort out of range",
        "Node ports are between 1024 and 65535; one that is not given is taken from 30000 to 32767.",
        _INVALID,
    )
    yield Entry("AIR1037", _ERROR, "Unknown volume", "A mount names a volume of the pod.", _NOT_FOUND)
    yield Entry("AIR1038", _ERROR, "More than one source or handler", "A volume has one source, a probe one handler.", _FORBIDDEN)
    yield Entry("AIR1040", _ERROR, "Invalid key", "Keys of a ConfigMap or Secret may become file names.", _INVALID)
    yield Entry("AIR1041", _ERROR, "Invalid endpoint", "Endpoints have IP addresses and ports between 1 and 65535.", _INVALID)
    yield Entry("AIR1042", _ERROR, "Invalid data", "The data is not what the type of the Secret asks for.", _INVALID)
    yield Entry("AIR1043", _ERROR, "Too much data", "A ConfigMap or Secret has at most 1 MiB.", _INVALID)


def _virtual_service() -> Iterator[Entry]:
    yield Entry("AIR1101", _ERROR, "No hosts", "A VirtualService has hosts; one without is a delegate, with http routes only.", _REQUIRED)
    yield Entry("AIR1102", _ERROR, "No routes", "One of http, tls, tcp is needed.", _REQUIRED)
    yield Entry("AIR1103", _ERROR, "Host * in the mesh", "It would take every call of every sidecar.", _INVALID)
    yield Entry("AIR1104", _ERROR, "Duplicate hosts", "No host twice, and none that another's wildcard covers.", _DUPLICATE)
    yield Entry("AIR1105", _ERROR, "Invalid host", "A DNS name; a wildcard stands at the very front.", _INVALID)
    yield Entry("AIR1106", _ERROR, "Invalid gateway", "name, namespace/name or mesh.", _INVALID)
    yield Entry("AIR1107", _WARNING, "Gateway by domain name", "An older form of namespace/name.")
    yield Entry("AIR1110", _ERROR, "Route without action", "One of route, redirect, directResponse.", _REQUIRED)
    yield Entry("AIR1111", _ERROR, "Actions that exclude each other", "A call is routed, redirected or answered: one of them.", _INVALID)
    yield Entry("AIR1112", _ERROR, "mirror and mirrors", "Use mirrors for all.", _INVALID)
    yield Entry("AIR1113", _ERROR, "Invalid delegate", "A route that delegates does nothing else, and only one level deep.", _INVALID)
    yield Entry("AIR1114", _ERROR, "Invalid destination", "A host, perhaps a subset, perhaps a port between 1 and 65535.", _INVALID)
    yield Entry("AIR1115", _ERROR, "Invalid weights", "Not negative, and of several not all zero. They need not add up to 100.", _INVALID)
    yield Entry("AIR1116", _ERROR, "Empty prefix", "Only paths take it; elsewhere leave the match out, or write {}.", _INVALID)
    yield Entry(
        "AIR1117", _ERROR, "Invalid regex", "Patterns are RE2: no lookaround, no backreferences, at most 1024 characters.", _INVALID
    )
    yield Entry("AIR1118", _ERROR, "Invalid header to match", "A header's name, or a claim as @request.auth.claims.name.", _INVALID)
    yield Entry(
        "AIR1119", _ERROR, "Invalid source", "sourceLabels and selectors are exact labels, sourceNamespace is a namespace.", _INVALID
    )
    yield Entry(
        "AIR1120",
        _ERROR,
        "Invalid header operation",
        "Pseudo headers and Host cannot be changed; only set and add of the request take :authority.",
        _INVALID,
    )
    yield Entry("AIR1121", _ERROR, "Authority written twice", "In rewrite.authority, or in the header operations, not in both.", _INVALID)
    yield Entry("AIR1122", _ERROR, "Invalid rewrite", "uri or uriRegexRewrite, authority; at least one.", _INVALID)
    yield Entry("AIR1123", _ERROR, "Invalid redirect", "Says where to, with a code of 300 to 399.", _INVALID)
    yield Entry("AIR1124", _ERROR, "Invalid direct response", "A status of 200 to 600 and a body of at most 1 MiB.", _INVALID)
    yield Entry("AIR1125", _WARNING, "Large direct response", "The body goes to every proxy with its routes.")
    yield Entry("AIR1126", _ERROR, "Invalid fault", "A delay with fixedDelay, an abort with httpStatus or grpcStatus.", _INVALID)
    yield Entry("AIR1127", _WARNING, "Unsupported fault", "Envoy has no exponential delay; the field has no effect.")
    yield Entry("AIR1128", _ERROR, "Invalid retries", "attempts 0 or more; conditions that Envoy knows, without spaces.", _INVALID)
    yield Entry("AIR1130", _ERROR, "Invalid percentage", "0, or 0.0001 to 100.", _INVALID)
    yield Entry("AIR1131", _ERROR, "Invalid CORS policy", "Origins that match something, known methods, whole seconds.", _INVALID)
    yield Entry("AIR1132", _ERROR, "Invalid TLS route", "Server names that are hosts of the VirtualService, and a destination.", _INVALID)
    yield Entry("AIR1133", _WARNING, "IP address as server name", "Clients do not send one.")
    yield Entry("AIR1134", _ERROR, "Invalid TCP route", "A destination, and subnets as 10.1.0.0/16.", _INVALID)
    yield Entry("AIR1135", _WARNING, "Unreachable route", "A route before it takes every call.")
    yield Entry("AIR1136", _WARNING, "Duplicate match", "An earlier route has the same match and takes the calls.")
    yield Entry("AIR1137", _ERROR, "Several forms of one match", "exact, prefix or regex.", _INVALID)
    yield Entry(
        "AIR1138", _ERROR, "Invalid header value", "A percent sign is written %%, or it begins and ends an Envoy command.", _INVALID
    )
    yield Entry("AIR1139", _WARNING, "Fault without percentage", "As in Istio, it then concerns no call at all.")


def _destination_rule() -> Iterator[Entry]:
    yield Entry("AIR1201", _ERROR, "Invalid host", "A DestinationRule is for a service's name, or a wildcard.", _INVALID)
    yield Entry("AIR1202", _ERROR, "Duplicate subset", "A subset's name is there once.", _DUPLICATE)
    yield Entry("AIR1203", _ERROR, "Invalid subset", "A name as a DNS label, labels as Kubernetes has them.", _INVALID)
    yield Entry("AIR1204", _ERROR, "Empty policy", "A policy says something.", _REQUIRED)
    yield Entry("AIR1205", _ERROR, "Invalid port policy", "A port's number, and a policy for it.", _INVALID)
    yield Entry("AIR1206", _ERROR, "Invalid connection pool", "Limits are 0 (none) or more.", _INVALID)
    yield Entry(
        "AIR1207", _ERROR, "Contradicting HTTP versions", "useClientProtocol leaves the version to the client, UPGRADE sets it.", _INVALID
    )
    yield Entry(
        "AIR1208", _ERROR, "Invalid outlier detection", "Percentages of 0 to 100; local failures only where they are split.", _INVALID
    )
    yield Entry("AIR1210", _ERROR, "Invalid consistent hash", "One key to hash by, one algorithm, a table size that is prime.", _INVALID)
    yield Entry("AIR1211", _ERROR, "Load balancers that exclude each other", "simple or consistentHash; localities or zones.", _INVALID)
    yield Entry("AIR1212", _ERROR, "Invalid warmup", "A duration of 1s or more, an aggression above 0.", _INVALID)
    yield Entry(
        "AIR1213",
        _ERROR,
        "Invalid localities",
        "Shares that add up to 100, localities that do not overlap, failover between regions.",
        _INVALID,
    )
    yield Entry("AIR1214", _WARNING, "Failover without outlier detection", "Without it no endpoint ever counts as down.")
    yield Entry("AIR1215", _ERROR, "Invalid client TLS", "MUTUAL has certificate and key; a credential excludes files.", _INVALID)
    yield Entry("AIR1216", _ERROR, "Invalid tunnel", "CONNECT or POST, to a host and port, and no proxy protocol beside.", _INVALID)
    yield Entry("AIR1217", _ERROR, "workloadSelector with exportTo", "A rule for some workloads holds in its own namespace only.", _INVALID)


def _gateway() -> Iterator[Entry]:
    yield Entry("AIR1301", _ERROR, "No servers", "A Gateway listens to something.", _REQUIRED)
    yield Entry("AIR1302", _ERROR, "Server without hosts", 'Each server names its hosts; "*" takes all.', _REQUIRED)
    yield Entry("AIR1303", _ERROR, "Invalid server port", "A number, a name and a known protocol; no targetPort.", _INVALID)
    yield Entry(
        "AIR1304",
        _ERROR,
        "TLS that does not fit the protocol",
        "HTTPS and TLS have it, plain HTTP may only redirect, TCP has none.",
        _INVALID,
    )
    yield Entry("AIR1305", _ERROR, "Invalid certificates", "One source of certificates, complete for the mode.", _INVALID)
    yield Entry("AIR1306", _WARNING, "TLS setting without effect", "It is kept and does nothing.")
    yield Entry("AIR1307", _ERROR, "Invalid server host", "host or namespace/host, as a full name.", _INVALID)
    yield Entry("AIR1308", _ERROR, "Duplicate port name", "Ports of a Gateway have names of their own.", _DUPLICATE)


def _across() -> Iterator[Entry]:
    yield Entry("AIR2001", _WARNING, "Unknown subset", "No DestinationRule for the host has it; calls to it get 503 (flag NC).")
    yield Entry("AIR2002", _WARNING, "Unknown destination", "No Service has the host; calls to it get 503 (flag NC).")
    yield Entry("AIR2003", _WARNING, "Unknown gateway", "No Gateway has the name, so the routes are served nowhere through it.")
    yield Entry(
        "AIR2004",
        _WARNING,
        "Several VirtualServices for a host in the mesh",
        "They are not merged: the oldest holds, the others do nothing.",
    )
    yield Entry("AIR2005", _WARNING, "DestinationRule for an unknown host", "No Service has the host, so the rule does nothing.")
    yield Entry("AIR2006", _WARNING, "Port of a destination", "The Service has no such port, or several of which none is named.")
    yield Entry(
        "AIR2008",
        _WARNING,
        "Host not served by the gateway",
        "No server of the Gateway has the host, so the routes are not reached through it.",
    )
    yield Entry("AIR2010", _WARNING, "Gateway without pods", "No pod has the labels of its selector, so nobody listens.")


_ENTRIES = (*_structure(), *_kubernetes(), *_virtual_service(), *_destination_rule(), *_gateway(), *_across())

CATALOGUE: Mapping[str, Entry] = MappingProxyType({entry.code: entry for entry in _ENTRIES})


def page() -> str:
    """docs/validation-codes.md."""
    lines = [
        "# Validation codes",
        "",
        "Generated by `python -m airside.validate.catalogue`; do not edit. `AIR0xxx`: the text and its structure;",
        "`AIR1xxx`: within one object; `AIR2xxx`: between objects. An error refuses the object and nothing changes;",
        "a warning comes with an object that was accepted.",
        "",
        "| code | severity | what | why, and what to do |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{entry.code}` | {entry.severity.value} | {entry.title} | {entry.explanation} |" for entry in _ENTRIES]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
