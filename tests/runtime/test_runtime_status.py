"""A pod's status, as kubectl shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from runtime_pods import NOW, PLACE, after, container, pod

from airside.resources.pod import PodStatus
from airside.runtime.backoff import Backoff
from airside.runtime.sandbox import Desired, Exited, Observed, Refused, Running, Seen
from airside.runtime.status import build_status, is_ready, phase

RUNS = Seen(Running(NOW, "process://7-1", ready=True))
UNREADY = Seen(Running(NOW, "process://7-1"))


def observed(app: Seen, proxy: Seen = RUNS) -> Observed:
    return Observed(PLACE, True, {"app": app, "istio-proxy": proxy})


def ended(code: int) -> Seen:
    return Seen(Exited(code, NOW, NOW, "Completed" if code == 0 else "Error"))


PHASES = [
    pytest.param("Always", Seen(), "Pending", id="pending before the first start"),
    pytest.param("Always", Seen(Refused("UnknownImage", "no")), "Pending", id="pending when it could never be started"),
    pytest.param("Always", UNREADY, "Running", id="running when it runs"),
    pytest.param("Always", ended(1), "Running", id="running while it is restarted"),
    pytest.param("Never", ended(0), "Succeeded", id="succeeded when all is done"),
    pytest.param("Never", ended(3), "Failed", id="failed when one failed for good"),
    pytest.param("OnFailure", ended(3), "Running", id="running while a failed one is restarted"),
]


@pytest.mark.parametrize(("policy", "app", "wanted"), PHASES)
def test_the_phase_sums_up_the_apps(policy: str, app: Seen, wanted: str) -> None:
    assert phase(Desired(pod(restartPolicy=policy)), observed(app)) == wanted


def test_a_pod_is_ready_when_all_its_containers_are() -> None:
    desired = Desired(pod())

    assert is_ready(desired, observed(RUNS))
    assert not is_ready(desired, observed(UNREADY))
    assert not is_ready(desired, observed(RUNS, UNREADY))


def status_of(app: Seen, policy: str = "Always") -> PodStatus:
    return PodStatus.model_validate(build_status(Desired(pod(restartPolicy=policy)), observed(app), after(1)))


def test_containers_are_listed_as_written_and_say_what_they_do() -> None:
    status = status_of(RUNS)

    assert [each.name for each in status.container_statuses] == ["app", "istio-proxy"]
    assert status.container_statuses[0].state.running is not None
    assert status.container_statuses[0].container_id == "process://7-1"
    assert (status.pod_ip, status.host_ip) == ("127.20.0.1", "127.0.0.1")


def test_a_crash_loop_shows_its_wait_and_the_last_exit() -> None:
    app = replace(ended(3), restarts=4, backoff=Backoff(until=after(8)))

    found = status_of(app).container_statuses[0]

    assert found.state.waiting is not None and found.state.waiting.reason == "CrashLoopBackOff"
    assert found.state.waiting.message == "back-off 8s restarting failed container=app pod=cpanel-1"
    assert found.last_state.terminated is not None and found.last_state.terminated.exit_code == 3
    assert found.restart_count == 4


def test_a_signal_is_told_apart_from_an_exit_code() -> None:
    found = status_of(ended(137), "Never").container_statuses[0]

    assert found.state.terminated is not None
    assert (found.state.terminated.exit_code, found.state.terminated.signal) == (137, 9)


def test_a_container_that_cannot_start_says_why() -> None:
    found = status_of(Seen(Refused("UnknownImage", "write this"))).container_statuses[0]

    assert found.state.waiting is not None
    assert (found.state.waiting.reason, found.state.waiting.message) == ("UnknownImage", "write this")


def test_what_keeps_a_running_app_from_serving_shows_as_the_pods_reason() -> None:
    app = Seen(Running(NOW, "process://7-1", ready=True, complaint=("PortIgnored", "make it read PORT")))

    status = status_of(app)

    assert (status.reason, status.message) == ("PortIgnored", "make it read PORT")
    assert not status.container_statuses[0].ready
    assert not status.holds("Ready")


def test_a_condition_keeps_the_time_of_its_last_change() -> None:
    desired = Desired(pod())
    first = build_status(desired, observed(UNREADY), NOW)
    later = desired.pod.model_copy(update={"status": PodStatus.model_validate(first)})

    same = PodStatus.model_validate(build_status(Desired(later), observed(UNREADY), after(60)))
    turned = PodStatus.model_validate(build_status(Desired(later), observed(RUNS), after(60)))

    assert {each.type: each.last_transition_time for each in same.conditions}["Ready"] == NOW
    assert {each.type: each.last_transition_time for each in turned.conditions}["Ready"] == after(60)
    assert {each.type: each.last_transition_time for each in turned.conditions}["PodScheduled"] == NOW


def test_finished_init_containers_are_ready_and_initialize_the_pod() -> None:
    desired = Desired(pod(container(), initContainers=[container("migrate")]))
    seen = replace(observed(Seen()), containers={"migrate": ended(0)})

    status = PodStatus.model_validate(build_status(desired, seen, NOW))

    assert status.holds("Initialized")
    assert status.init_container_statuses[0].ready
    assert status.container_statuses[0].state.waiting is not None
    assert status.container_statuses[0].state.waiting.reason == "PodInitializing"
