"""The installation's certificates, judged by strict verifiers."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from airside.installation.pki import Pair, build_authority, build_server, is_due

NOW = datetime.now(UTC)


def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def authority() -> Pair:
    return build_authority(key(), 1, NOW)


@pytest.fixture(scope="module")
def server(authority: Pair) -> Pair:
    return build_server(authority, key(), 2, NOW)


def names() -> list[x509.GeneralName]:
    return [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]


@pytest.mark.parametrize("name", names(), ids=str)
def test_the_server_is_who_it_says_on_loopback(authority: Pair, server: Pair, name: x509.DNSName | x509.IPAddress) -> None:
    verifier = PolicyBuilder().store(Store([authority.certificate])).time(NOW).build_server_verifier(name)

    assert verifier.verify(server.certificate, [])[-1] == authority.certificate


def test_it_is_nobody_else(authority: Pair, server: Pair) -> None:
    verifier = PolicyBuilder().store(Store([authority.certificate])).time(NOW).build_server_verifier(x509.DNSName("example.com"))

    with pytest.raises(VerificationError):
        verifier.verify(server.certificate, [])


def test_another_installations_authority_does_not_vouch_for_it(server: Pair) -> None:
    verifier = (
        PolicyBuilder()
        .store(Store([build_authority(key(), 3, NOW).certificate]))
        .time(NOW)
        .build_server_verifier(x509.DNSName("localhost"))
    )

    with pytest.raises(VerificationError):
        verifier.verify(server.certificate, [])


def test_pairs_come_back_from_pem_and_openssl_takes_them(server: Pair, authority: Pair, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("pki")
    (root / "crt").write_bytes(server.certificate_pem)
    (root / "key").write_bytes(server.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(root / "crt", root / "key")

    assert Pair.parse(server.certificate_pem, server.key_pem).certificate == server.certificate


def test_a_certificate_is_due_a_month_before_its_end(server: Pair) -> None:
    end = server.certificate.not_valid_after_utc

    assert not is_due(server, NOW)
    assert not is_due(server, end - timedelta(days=31))
    assert is_due(server, end - timedelta(days=29))
    assert is_due(server, NOW - timedelta(days=1))
