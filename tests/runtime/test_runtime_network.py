"""Places in the loopback network, and whether apps keep to theirs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runtime_pods import PLACE, container, pod

from airside.agent.places import Places
from airside.installation.claims import Claim
from airside.installation.watch import Listener
from airside.runtime.listening import explain_exit, judge_listeners, judge_silence
from airside.runtime.network import Loopback, Placement, next_address

CLAIM = Claim("/h", 40, 3)


def anything_goes(address: str, port: int) -> bool:
    return True


def test_addresses_come_back_as_late_as_they_can() -> None:
    first, number = next_address(CLAIM, set(), 0)
    second, _ = next_address(CLAIM, set(), number)

    assert (first, second) == ("127.40.0.1", "127.40.0.2")
    assert next_address(CLAIM, set(), 65023)[0] == "127.40.0.1"


@given(st.integers(1, 256 * 254))
def test_no_address_ends_like_a_network_or_a_broadcast(number: int) -> None:
    *_, last = CLAIM.address(number).split(".")

    assert last not in ("0", "255")


def test_ports_are_the_claims_and_free() -> None:
    busy = {CLAIM.ports[0], CLAIM.ports[2]}
    places = Places(CLAIM, lambda address, port: port not in busy)

    place = places.give("a", [8080, 9090])

    assert place == Placement("127.40.0.1", {8080: CLAIM.ports[1], 9090: CLAIM.ports[3]})


def test_a_place_is_used_by_one_pod_until_it_is_taken_back() -> None:
    places = Places(CLAIM, anything_goes)
    given_out = [places.give(str(number), [8080]) for number in range(len(CLAIM.ports))]

    assert len({place.ip for place in given_out}) == len({place.ports[8080] for place in given_out}) == len(CLAIM.ports)
    with pytest.raises(LookupError, match="no port between"):
        places.give("one more", [8080])
    places.take_back("7")
    assert places.give("one more", [8080]).ports == given_out[7].ports


def test_an_address_where_somebody_listens_is_passed_over() -> None:
    places = Places(CLAIM, lambda address, port: address not in ("127.40.0.1", "127.40.0.2"))

    assert [places.give(uid, []).ip for uid in "ab"] == ["127.40.0.3", "127.40.0.4"]


def test_a_place_of_another_claim_is_not_kept() -> None:
    places = Places(CLAIM, anything_goes)

    assert places.owns(Placement("127.40.3.4", {8080: CLAIM.ports[5]}))
    assert not places.owns(Placement("127.41.3.4", {}))
    assert not places.owns(Placement("127.40.3.4", {8080: 1}))


def test_apps_get_a_port_for_each_of_their_tcp_ports_and_the_sidecar_none() -> None:
    given_pod = pod(
        container(
            ports=[{"containerPort": 8080}, {"containerPort": 53, "protocol": "UDP"}, {"containerPort": 9090, "name": "metrics-admin"}]
        )
    )

    network = Loopback()

    assert network.wanted_ports(given_pod) == (8080, 9090)
    assert network.environment(given_pod, given_pod.spec.containers[0], PLACE)["METRICS_ADMIN_PORT"] == "20301"
    assert network.address(PLACE, 8080) == ("127.0.0.1", 20300)
    assert network.address(PLACE, 7000) == ("127.0.0.1", 7000)


def test_a_pod_without_sidecar_is_told_that_nobody_can_call_it() -> None:
    serving = container(ports=[{"containerPort": 8080}])

    (said,) = Loopback().unsupported(pod(serving, sidecar=False))

    assert "kubectl label namespace default istio-injection=enabled" in said
    assert Loopback().unsupported(pod(serving)) == []
    assert Loopback().unsupported(pod(container(ports=[]), sidecar=False)) == [], "nobody calls a pod that serves nothing"


HABITS = [
    pytest.param([], None, id="not listening yet is no finding"),
    pytest.param([("127.0.0.1", 20300)], None, id="where it was told to"),
    pytest.param([("127.0.0.1", 20300), ("127.0.0.1", 5555)], None, id="more ports are its own business"),
    pytest.param([("127.0.0.1", 8080)], ("PortIgnored", True), id="another port"),
    pytest.param([("0.0.0.0", 8080)], ("PortIgnored", True), id="another port on all addresses"),
    pytest.param([("0.0.0.0", 20300)], ("WildcardAddress", False), id="the right port on all addresses"),
    pytest.param([("::", 20300)], ("WildcardAddress", False), id="the right port on all IPv6 addresses"),
]


@pytest.mark.parametrize(("found", "wanted"), HABITS)
def test_an_app_is_told_when_it_listens_elsewhere(found: list[tuple[str, int]], wanted: tuple[str, bool] | None) -> None:
    finding = judge_listeners("app", [20300], [Listener(address, port, 7) for address, port in found])

    assert (finding and (finding.reason, finding.fatal)) == wanted


def test_an_app_that_listens_nowhere_for_long_is_told_what_is_missing() -> None:
    found = [Listener("127.0.0.1", 20300, 7)]

    finding = judge_silence("app", [20300], [], 30)

    assert finding is not None
    assert (finding.reason, finding.fatal) == ("NotListening", False)
    assert "20300" in finding.message
    assert judge_silence("app", [20300], found, 30) is None
    assert judge_silence("a worker", [], [], 30) is None


ENDS = [
    pytest.param("OSError: [Errno 98] Address already in use", [20300], True, id="Python's words"),
    pytest.param("Error: listen EADDRINUSE: address already in use :::8080", [20300], True, id="Node's words"),
    pytest.param("KeyError: 'DATABASE_URL'", [20300], False, id="another reason"),
    pytest.param("OSError: [Errno 98] Address already in use", [], False, id="a container without ports"),
]


@pytest.mark.parametrize(("log", "wanted", "hinted"), ENDS)
def test_an_app_that_wanted_its_sidecars_port_gets_a_hint(log: str, wanted: list[int], hinted: bool) -> None:
    finding = explain_exit("app", wanted, [8080], log)

    assert (finding is not None) is hinted
    assert finding is None or "Port 8080 is its sidecar's" in finding.message
