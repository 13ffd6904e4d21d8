"""Rules of a Gateway: ports, hosts and TLS of its servers."""

from __future__ import annotations

from airside.resources.gateway import Gateway, Server, ServerTls
from airside.validate.finding import Finding, Findings
from airside.validate.host import check_source_labels, is_ip, judge_host
from airside.validate.names import dns_label
from airside.validate.unsupported import UNSUPPORTED

_PLAIN_HTTP = frozenset({"HTTP", "HTTP2", "GRPC", "GRPC-WEB"})
_TLS = frozenset({"HTTPS", "TLS"})
_TCP = frozenset({"TCP", "MONGO", "REDIS", "MYSQL"})
_PROTOCOLS = (*sorted(_PLAIN_HTTP), *sorted(_TLS), *sorted(_TCP))
_TERMINATES = frozenset({"SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"})


def check_gateway(gateway: Gateway) -> Findings:
    spec = gateway.spec
    if not spec.servers:
        yield Finding("AIR1301", "spec.servers", "at least one server is needed")
    yield from check_source_labels(spec.selector, "spec.selector")
    names: dict[str, int] = {}
    for index, server in enumerate(spec.servers):
        path = f"spec.servers[{index}]"
        yield from _check_port(server, f"{path}.port")
        if server.port.name in names:
            text = f'"{server.port.name}" is the name of two ports; the first is spec.servers[{names[server.port.name]}]'
            yield Finding("AIR1308", f"{path}.port.name", text)
        names.setdefault(server.port.name, index)
        yield from _check_hosts(server, path)
        yield from _check_tls_place(server, path)
        if server.bind and not is_ip(server.bind) and not server.bind.startswith("unix:"):
            yield Finding("AIR1303", f"{path}.bind", f'"{server.bind}" is no IP address')


def _check_port(server: Server, path: str) -> Findings:
    port = server.port
    if not 1 <= port.number <= 65535:
        yield Finding("AIR1303", f"{path}.number", f"a port is between 1 and 65535, found {port.number}")
    if not port.name:
        yield Finding("AIR1303", f"{path}.name", "a port needs a name")
    if port.protocol.upper() not in _PROTOCOLS:
        yield Finding("AIR1303", f"{path}.protocol", f'expected one of {", ".join(_PROTOCOLS)}, found "{port.protocol}"')
    elif port.protocol.upper() not in _PLAIN_HTTP:
        yield Finding("AIR0040", f"{path}.protocol", f"{port.protocol}: {UNSUPPORTED}: nothing listens on this port")
    if port.target_port:
        yield Finding("AIR1303", f"{path}.targetPort", "not used in a Gateway: the Service of the gateway pods maps the port")


def _check_hosts(server: Server, path: str) -> Findings:
    if not server.hosts:
        yield Finding("AIR1302", f"{path}.hosts", 'at least one host is needed; "*" takes all')
    for index, entry in enumerate(server.hosts):
        at = f"{path}.hosts[{index}]"
        namespace, slash, host = entry.partition("/")
        if not slash:
            namespace, host = "*", entry
        elif "/" in host or not namespace or not host:
            yield Finding("AIR1307", at, f'"{entry}": expected host or namespace/host')
            continue
        if namespace not in ("*", "."):
            for text in dns_label(namespace):
                yield Finding("AIR1307", at, f'"{entry}": namespace: {text}')
        for text in judge_host(host):
            yield Finding("AIR1307", at, text)
        if host != "*" and "." not in host and not is_ip(host):
            yield Finding("AIR1307", at, f'"{host}" is a short name; a Gateway takes full names, such as {host}.example.com, or "*"')


def _check_tls_place(server: Server, path: str) -> Findings:
    protocol, tls = server.port.protocol.upper(), server.tls
    if tls is None:
        if protocol in _TLS:
            yield Finding("AIR1304", f"{path}.tls", f"required for protocol {protocol}")
        return
    if protocol in _PLAIN_HTTP and tls.model_fields_set - {"https_redirect"}:
        yield Finding(
            "AIR1304",
            f"{path}.tls",
            f"protocol {protocol} is not encrypted; only httpsRedirect may stand here. For TLS, write protocol: HTTPS",
        )
    elif protocol in _TCP:
        yield Finding("AIR1304", f"{path}.tls", f"protocol {protocol} is not encrypted; for TLS, write protocol: TLS")
    elif protocol in _TLS:
        yield from _check_tls(tls, f"{path}.tls")
        if tls.https_redirect:
            yield Finding("AIR1306", f"{path}.tls.httpsRedirect", "redirects from plain HTTP; on an encrypted port it has no effect")


def _check_tls(tls: ServerTls, path: str) -> Findings:
    files = {"serverCertificate": tls.server_certificate, "privateKey": tls.private_key, "caCertificates": tls.ca_certificates}
    styles = [
        name
        for name, given in (
            ("credentialName", tls.credential_name),
            ("credentialNames", tls.credential_names),
            ("tlsCertificates", tls.tls_certificates),
            ("serverCertificate", tls.server_certificate or tls.private_key),
        )
        if given
    ]
    if len(styles) > 1:
        yield Finding("AIR1305", path, f"{' and '.join(styles)} at once; certificates come from one of them")
    if tls.mode == "ISTIO_MUTUAL":
        for name in (*styles, *(("caCertificates",) if tls.ca_certificates else ())):
            yield Finding("AIR1305", f"{path}.{name}", "mode ISTIO_MUTUAL uses the mesh's own certificates: leave it out")
    elif tls.mode in _TERMINATES:
        yield from _check_certificates(tls, files, bool(set(styles) - {"serverCertificate"}), path)
    elif styles:
        yield Finding("AIR1306", f"{path}.{styles[0]}", f"mode {tls.mode} opens no TLS, so certificates have no effect")
    for index, cipher in enumerate(tls.cipher_suites):
        if cipher in tls.cipher_suites[:index]:
            yield Finding("AIR1306", f"{path}.cipherSuites[{index}]", f'"{cipher}" is here twice')
    if tls.min_protocol_version in ("TLSV1_0", "TLSV1_1") and not tls.cipher_suites:
        yield Finding("AIR1306", f"{path}.minProtocolVersion", "below TLS 1.2 no cipher is offered unless cipherSuites names it")


def _check_certificates(tls: ServerTls, files: dict[str, str], elsewhere: bool, path: str) -> Findings:
    if not elsewhere:
        for field in ("serverCertificate", "privateKey"):
            if not files[field]:
                yield Finding("AIR1305", f"{path}.{field}", f"required for mode {tls.mode} (or credentialName)")
        if tls.mode == "MUTUAL" and not tls.ca_certificates and not tls.ca_cert_credential_name:
            yield Finding("AIR1305", f"{path}.caCertificates", "required for mode MUTUAL (or credentialName)")
    if tls.ca_crl and (tls.mode == "SIMPLE" or tls.credential_name):
        yield Finding("AIR1305", f"{path}.caCrl", "has a place only in mode MUTUAL with files")
