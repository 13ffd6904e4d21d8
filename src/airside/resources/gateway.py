"""Gateway: what an ingress (or egress) proxy listens to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from airside.resources.fields import Bool, Part, StringMap, Uint32
from airside.resources.istio import IstioStatus
from airside.resources.objects import Object

ServerTlsMode = Literal["PASSTHROUGH", "SIMPLE", "MUTUAL", "AUTO_PASSTHROUGH", "ISTIO_MUTUAL", "OPTIONAL_MUTUAL"]
TlsVersion = Literal["TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"]


class GatewayPort(Part):
    """The port of the gateway's Service, and what is spoken on it."""

    number: Uint32
    protocol: str
    name: str
    target_port: Uint32 = 0


class TlsCertificate(Part):
    """A certificate by files."""

    server_certificate: str = ""
    private_key: str = ""
    ca_certificates: str = ""


class ServerTls(Part):
    """How the server's TLS is opened, if it is."""

    https_redirect: Bool = False
    mode: ServerTlsMode = "PASSTHROUGH"
    server_certificate: str = ""
    private_key: str = ""
    ca_certificates: str = ""
    ca_crl: str = ""
    tls_certificates: tuple[TlsCertificate, ...] = ()
    credential_name: str = ""
    credential_names: tuple[str, ...] = ()
    ca_cert_credential_name: str = ""
    subject_alt_names: tuple[str, ...] = ()
    verify_certificate_spki: tuple[str, ...] = ()
    verify_certificate_hash: tuple[str, ...] = ()
    min_protocol_version: TlsVersion = "TLS_AUTO"
    max_protocol_version: TlsVersion = "TLS_AUTO"
    cipher_suites: tuple[str, ...] = ()
    ecdh_curves: tuple[str, ...] = ()
    insecure_skip_verify: Bool | None = None


class Server(Part):
    """One port with the hosts served there."""

    port: GatewayPort
    hosts: tuple[str, ...]
    name: str = ""
    bind: str = ""
    tls: ServerTls | None = None
    default_endpoint: str = ""


class GatewaySpec(Part):
    """Which pods are the gateway, and its servers."""

    servers: tuple[Server, ...] = ()
    selector: StringMap = Field(default_factory=dict)


class Gateway(Object):
    """Servers at the edge."""

    spec: GatewaySpec = Field(default_factory=GatewaySpec)
    status: IstioStatus = Field(default_factory=IstioStatus)
