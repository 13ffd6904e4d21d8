"""The pure parts: selectors, ages, allocation, deletion, logs' tails, channels, columns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airside.apiserver.ages import age_of, format_age
from airside.apiserver.allocation import Claims, Reservations, allocate, claims_of
from airside.apiserver.deletion import Gone, Marked, decide_deletion, is_finished
from airside.apiserver.exec.channels import Input, InputEnded, Resized, final_status, parse_message
from airside.apiserver.logs.request import choose_container, tail_of
from airside.apiserver.metadata import metadata_of
from airside.apiserver.options import DeleteOptions
from airside.apiserver.patches import apply_operations
from airside.apiserver.pod_status import summarise_pod
from airside.apiserver.selectors import parse_selector
from airside.apiserver.status import ApiError
from airside.resources.kinds import Kind, find_kind

NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)


def kind(group: str, name: str) -> Kind:
    found = find_kind(group, name)
    assert found is not None
    return found


POD, SERVICE = kind("", "Pod"), kind("", "Service")


def labelled(**labels: str) -> dict[str, object]:
    return {"metadata": {"labels": labels}}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("a=1", True),
        ("a==2", False),
        ("a!=2", True),
        ("b!=1", True),
        ("a in (1, 2)", True),
        ("a notin (1)", False),
        ("a", True),
        ("!a", False),
        ("!b", True),
        ("a=1,c=x", True),
        ("a=1,c=y", False),
        ("n>4", True),
        ("n<5", False),
        ("", True),
    ],
)
def test_label_selectors(selector: str, selected: bool) -> None:
    assert parse_selector(POD, selector, "").selects(labelled(a="1", c="x", n="5")) is selected


@pytest.mark.parametrize("selector", ["a in 1", "a b", "=x", "a=b=c", "-bad=1", "a=" + "v" * 64, "n>x", "!"])
def test_a_label_selector_that_does_not_parse_is_refused(selector: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_selector(POD, selector, "")

    assert refused.value.code == 400


def test_field_selectors_know_the_fields_of_their_kind() -> None:
    pod = {"metadata": {"name": "x"}, "spec": {"nodeName": "n"}, "status": {"phase": "Running"}}

    assert parse_selector(POD, "", "status.phase=Running,spec.nodeName!=m").selects(pod)
    assert not parse_selector(POD, "", "metadata.name=y").selects(pod)
    with pytest.raises(ApiError, match="spec.image"):
        parse_selector(POD, "", "spec.image=x")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (200, "3m20s"),
        (3599, "59m"),
        (4 * 3600 + 60, "4h1m"),
        (50 * 3600, "2d2h"),
        (800 * 86400, "2y70d"),
    ],
)
def test_ages(seconds: int, text: str) -> None:
    assert format_age(seconds) == text


def test_an_age_of_nothing_is_unknown() -> None:
    assert age_of(None, NOW) == "<unknown>"


def service(**spec: object) -> dict[str, object]:
    return {"spec": {"type": "ClusterIP", "ports": [{"port": 80, "protocol": "TCP"}], **spec}}


def test_a_service_gets_an_address_nobody_has() -> None:
    first, _ = allocate(service(), Claims())
    second, _ = allocate(service(), claims_of(first))

    assert first["spec"]["clusterIP"] != second["spec"]["clusterIP"]  # type: ignore[index]


def test_a_node_port_that_is_taken_is_refused() -> None:
    wanted = service(type="NodePort", ports=[{"port": 80, "protocol": "TCP", "nodePort": 31221}])

    assert allocate(wanted, Claims())[1] == []
    assert "already allocated" in allocate(wanted, Claims(ports=frozenset({31221})))[1][0].message
    assert "not in the valid range" in allocate(service(type="NodePort", ports=[{"port": 80, "nodePort": 80}]), Claims())[1][0].message


def test_an_update_keeps_address_and_node_port() -> None:
    old, _ = allocate(service(type="NodePort"), Claims())
    new, causes = allocate(service(type="NodePort"), Claims(), old)

    assert new == old
    assert causes == []


def test_a_service_that_is_no_longer_of_the_type_loses_its_node_port() -> None:
    old, _ = allocate(service(type="NodePort"), Claims())
    changed = {"spec": {**old["spec"], "type": "ClusterIP"}}  # type: ignore[dict-item]

    new, _ = allocate(changed, Claims(), old)

    assert new["spec"]["ports"] == [{"port": 80, "protocol": "TCP"}]  # type: ignore[index]


def test_what_a_write_on_its_way_holds_is_taken() -> None:
    reservations = Reservations()
    with reservations.hold(Claims(frozenset({"10.96.0.11"}))):
        assert "10.96.0.11" in reservations.taken([]).addresses

    assert reservations.taken([]) == Claims()


def running_pod(**metadata: object) -> dict[str, object]:
    return {"metadata": {"name": "p", **metadata}, "spec": {"nodeName": "here", "terminationGracePeriodSeconds": 7}}


def test_a_pod_that_runs_is_given_its_grace() -> None:
    decided = decide_deletion(POD, running_pod(), DeleteOptions(), NOW)

    assert isinstance(decided, Marked)
    assert metadata_of(decided.raw)["deletionTimestamp"] == "2026-05-01T12:00:07Z"
    assert metadata_of(decided.raw)["deletionGracePeriodSeconds"] == 7


def test_grace_can_be_shortened_but_not_extended() -> None:
    marked = running_pod(deletionTimestamp="x", deletionGracePeriodSeconds=7)

    assert decide_deletion(POD, marked, DeleteOptions(grace=30), NOW) == Marked(marked)
    assert decide_deletion(POD, marked, DeleteOptions(grace=0), NOW) == Gone()


def test_finalizers_hold_an_object_until_the_last_is_gone() -> None:
    held = {"metadata": {"name": "s", "finalizers": ["a/b"]}}

    decided = decide_deletion(SERVICE, held, DeleteOptions(), NOW)

    assert isinstance(decided, Marked)
    assert not is_finished(SERVICE, decided.raw)
    metadata = {name: value for name, value in metadata_of(decided.raw).items() if name != "finalizers"}
    assert is_finished(SERVICE, {"metadata": metadata})


@given(st.lists(st.binary(max_size=5).map(lambda line: line.replace(b"\n", b"")), max_size=9), st.booleans(), st.integers(0, 9))
def test_a_tail_is_the_last_lines_and_nothing_else(lines: list[bytes], finished: bool, count: int) -> None:
    whole = [line + b"\n" for line in lines]
    if whole and not finished:
        whole[-1] = whole[-1][:-1] or b"x"

    assert tail_of(b"".join(whole), count) == b"".join(whole[len(whole) - min(count, len(whole)) :])


def test_the_container_that_is_not_the_sidecar_is_meant() -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "app"}, {"name": "istio-proxy"}]}}

    assert choose_container(pod, "") == "app"
    assert choose_container(pod, "istio-proxy") == "istio-proxy"
    assert choose_container({"metadata": {}, "spec": {"containers": [{"name": "istio-proxy"}]}}, "") == "istio-proxy"
    with pytest.raises(ApiError, match="choose one of"):
        choose_container({"metadata": {}, "spec": {"containers": [{"name": "a"}, {"name": "b"}]}}, "")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"\x00abc", Input(b"abc")),
        (b"\xff\x00", InputEnded()),
        (b'\x04{"Width":80,"Height":24}', Resized(80, 24)),
        (b"\x04nonsense", None),
        (b"\x09x", None),
        (b"", None),
    ],
)
def test_what_an_exec_client_says(message: bytes, said: object) -> None:
    assert parse_message(message) == said


def test_an_exec_ends_with_the_exit_code() -> None:
    assert b'"Success"' in final_status(0)
    assert b'{"reason": "ExitCode", "message": "3"}' in final_status(3)
    assert b'"message": "137"' in final_status(-9)


def status_of(state: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "app"}, {"name": "istio-proxy"}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "app", "state": state, **more}]},
    }


@pytest.mark.parametrize(
    ("pod", "reason"),
    [
        (status_of({"running": {}}, ready=True), "Running"),
        (status_of({"waiting": {"reason": "CrashLoopBackOff"}}), "CrashLoopBackOff"),
        (status_of({"terminated": {"exitCode": 1}}), "ExitCode:1"),
        (status_of({"terminated": {"exitCode": 0, "reason": "Completed"}}), "Completed"),
        ({**status_of({"running": {}}), "metadata": {"deletionTimestamp": "x"}}, "Terminating"),
        (
            {"spec": {"initContainers": [{}, {}]}, "status": {"phase": "Pending", "initContainerStatuses": [{"state": {"running": {}}}]}},
            "Init:0/2",
        ),
    ],
    ids=["running", "waiting", "exit code", "completed", "terminating", "init"],
)
def test_the_status_column_of_a_pod(pod: dict[str, object], reason: str) -> None:
    assert summarise_pod(pod, NOW).reason == reason


def test_restarts_say_when_the_last_was() -> None:
    pod = status_of({"running": {}}, restartCount=2, lastState={"terminated": {"finishedAt": "2026-05-01T11:55:00Z"}})

    assert summarise_pod(pod, NOW).restarts == "2 (5m ago)"


@pytest.mark.parametrize(
    ("target", "operations", "patched"),
    [
        pytest.param(
            {}, [{"op": "test", "path": "/a", "value": None}, {"op": "add", "path": "/a", "value": 1}], {"a": 1}, id="not there yet"
        ),
        pytest.param({"a": None}, [{"op": "test", "path": "/a", "value": None}], {"a": None}, id="there as null"),
        pytest.param({"a": 1}, [{"op": "test", "path": "/a", "value": None}], None, id="there with a value"),
        pytest.param({}, [{"op": "test", "path": "/a/b", "value": None}], None, id="its parent is not there"),
        pytest.param({}, [{"op": "test", "path": "/a", "value": 1}], None, id="another value than null"),
        pytest.param({"a": 1}, [{"op": "replace", "path": "/b", "value": 2}], None, id="replaces what is not there"),
    ],
)
def test_a_json_patch_tests_for_null_where_nothing_is(target: object, operations: object, patched: object) -> None:
    assert isinstance(target, dict)
    if patched is None:
        with pytest.raises(ApiError) as refused:
            apply_operations(target, operations)
        assert refused.value.code == 422
    else:
        assert apply_operations(target, operations) == patched
