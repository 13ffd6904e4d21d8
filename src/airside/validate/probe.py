"""Rules of probes, in Kubernetes' words."""

from __future__ import annotations

from airside.resources.pod import Container, Probe
from airside.validate.finding import Finding, Findings
from airside.validate.names import invalid, port_name

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_NOT_NEGATIVE = "must be greater than or equal to 0"
_BETWEEN = "must be between 1 and 65535, inclusive"


def check_probes(container: Container, path: str) -> Findings:
    for field, probe in (
        ("livenessProbe", container.liveness_probe),
        ("readinessProbe", container.readiness_probe),
        ("startupProbe", container.startup_probe),
    ):
        if probe is not None:
            yield from _check_probe(probe, f"{path}.{field}")
            if field != "readinessProbe" and probe.success_threshold not in (0, 1):
                yield Finding("AIR1026", f"{path}.{field}.successThreshold", invalid(probe.success_threshold, "must be 1"))


def _check_probe(probe: Probe, path: str) -> Findings:
    handlers = (probe.exec, probe.http_get, probe.tcp_socket, probe.grpc)
    given = [name for name, handler in zip(_HANDLERS, handlers, strict=True) if handler is not None]
    if not given:
        yield Finding("AIR0022", path, "Required value: must specify a handler type")
    for extra in given[1:]:
        yield Finding("AIR1038", f"{path}.{extra}", "Forbidden: may not specify more than 1 handler type")
    for field, value in (
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ):
        if value < 0:
            yield Finding("AIR1026", f"{path}.{field}", invalid(value, _NOT_NEGATIVE))
    if probe.exec is not None and not probe.exec.command:
        yield Finding("AIR0022", f"{path}.exec.command", "Required value")
    if probe.http_get is not None and given[0] == "httpGet":
        yield from check_port(probe.http_get.port, f"{path}.httpGet.port", "AIR1026")
    if probe.tcp_socket is not None and given[0] == "tcpSocket":
        yield from check_port(probe.tcp_socket.port, f"{path}.tcpSocket.port", "AIR1026")


def check_port(port: int | str, path: str, code: str) -> Findings:
    """A port by number or by a container port's name."""
    if isinstance(port, str):
        for text in port_name(port):
            yield Finding(code, path, invalid(port, text))
    elif not 1 <= port <= 65535:
        yield Finding(code, path, invalid(port, _BETWEEN))
