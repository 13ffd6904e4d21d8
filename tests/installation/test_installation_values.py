"""Settings, claims, records, kubeconfig: values and their texts."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airside.client.config import parse_kubeconfig
from airside.installation.claims import BLOCKS, SUBNETS, Claim, choose
from airside.installation.kubeconfig import build_kubeconfig
from airside.installation.records import ContainerRecord, ProcessRecord
from airside.installation.settings import Settings


def test_settings_come_back_as_they_were_written() -> None:
    settings = Settings(gateway_port=31000, api_port=16000, profile="istio-1.4")

    assert Settings.parse(settings.print()) == settings
    assert Settings.parse("{}") == Settings()


WRONG = [
    pytest.param('{"gateway_prot": 1}', "'gateway_prot' is unknown", id="a misspelt name"),
    pytest.param('{"gateway_port": "31221"}', "expected int", id="a number in quotes"),
    pytest.param('{"gateway_port": 70000}', "70000 is no port", id="a number that is no port"),
    pytest.param('{"api_port": 31221}', "three different ports", id="two servers on a port"),
    pytest.param('{"network": "netns"}', "'netns' is not available", id="a mode that is not there yet"),
    pytest.param('{"profile": "istio-9"}', "'istio-9' is unknown", id="an unknown profile"),
    pytest.param("[]", "expected a JSON object", id="no object"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_wrong_settings_say_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="settings") as found:
        Settings.parse(text)

    assert message in str(found.value)


claims = st.builds(Claim, st.sampled_from(["/a", "/b", "/c"]), st.sampled_from(SUBNETS), st.sampled_from(BLOCKS))


@given(claims)
def test_a_claim_comes_back_as_it_was_written(claim: Claim) -> None:
    assert Claim.parse(claim.print()) == claim


@given(st.lists(claims, max_size=20))
def test_a_new_claim_touches_no_other(held: list[Claim]) -> None:
    claim = choose("/new", held)

    assert claim is not None
    assert claim.subnet not in {other.subnet for other in held}
    assert not {*claim.ports} & {port for other in held for port in other.ports}


def test_an_installation_keeps_the_claim_it_has() -> None:
    mine = Claim("/mine", 77, 7)

    assert choose("/mine", [Claim("/other", 16, 0), mine]) == mine


def test_when_everything_is_held_there_is_nothing_to_choose() -> None:
    assert choose("/new", [Claim(str(block), SUBNETS[block], block) for block in BLOCKS]) is None


def test_app_ports_lie_below_the_gateways_and_the_kernels_own() -> None:
    ports = [port for block in BLOCKS for port in Claim("/x", 16, block).ports]

    assert len(set(ports)) == len(ports)
    assert Settings().console_port < min(ports)
    assert max(ports) < Settings().gateway_port


def test_records_come_back_as_they_were_written() -> None:
    process = ProcessRecord(7, 123456, ("python", "-m", "x"))
    container = ContainerRecord(("a", "b"), {"A": "1"}, "/tmp", 7, 123, 20300, 1.5, 2)

    assert ProcessRecord.parse(process.print()) == process
    assert ContainerRecord.parse(container.print()) == container
    assert ProcessRecord.parse(container.print()) == container.process


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": 1}'])
def test_half_a_record_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # whatever is wrong with it
        ProcessRecord.parse(text)


def test_a_kubeconfig_says_where_and_who_and_whom_to_trust() -> None:
    text = build_kubeconfig(16443, b"-----BEGIN CERTIFICATE-----", "s3cret")
    config = parse_kubeconfig(text)

    assert (config.server, config.token, config.ca) == ("https://127.0.0.1:16443", "s3cret", "-----BEGIN CERTIFICATE-----")
    assert base64.b64decode(json.loads(text)["clusters"][0]["cluster"]["certificate-authority-data"]).startswith(b"-----")
