"""The plan of a pod: in which order it comes up and goes down, what is started again and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runtime_pods import NOW, PLACE, after, container, do_all, pod

from airside.runtime.backoff import Backoff
from airside.runtime.plan import LAME_DUCK, Assign, Drain, Kill, Plan, Publish, Remove, Start, Terminate, plan
from airside.runtime.sandbox import Absent, Desired, Exited, Observed, Refused, Running, Seen, Trouble

PUBLISHED = Observed(place=PLACE, published=True)


def running(ready: bool = True, **fields: object) -> Seen:
    return Seen(Running(NOW, "process://1", ready=ready, **fields))  # type: ignore[arg-type]


def ended(code: int, backoff: Backoff = Backoff()) -> Seen:  # noqa: B008
    return Seen(Exited(code, NOW, NOW, "Error"), backoff=backoff)


def up(**seen: Seen) -> Observed:
    return replace(PUBLISHED, containers={name.replace("_", "-"): value for name, value in seen.items()})


RISING = [
    pytest.param(Observed(), (Assign(),), id="a new pod gets an address first"),
    pytest.param(Observed(place=PLACE), (Publish(),), id="nothing runs before the control plane knows the address"),
    pytest.param(PUBLISHED, (Start("istio-proxy"),), id="the sidecar comes first, alone"),
    pytest.param(up(istio_proxy=running(ready=False)), (), id="apps wait for the sidecar to be ready"),
    pytest.param(up(istio_proxy=running()), (Start("app"),), id="then the app comes"),
    pytest.param(up(istio_proxy=running(), app=running(ready=False)), (), id="what runs is left alone"),
    pytest.param(
        up(istio_proxy=running(ready=False), app=ended(1)), (Start("app"),), id="an app is started again whatever its sidecar does"
    ),
    pytest.param(up(istio_proxy=ended(1), app=running()), (Start("istio-proxy"),), id="a sidecar that died is started again"),
    pytest.param(up(istio_proxy=running(), app=running(sick=True)), (Terminate("app"),), id="a sick app is asked to end"),
    pytest.param(up(istio_proxy=running(), app=running(sick=True, stopping=NOW)), (), id="a sick app gets its grace"),
    pytest.param(
        up(istio_proxy=running(), app=running(sick=True, stopping=after(-31))),
        (Kill("app"),),
        id="a sick app is killed when the grace is over",
    ),
    pytest.param(up(istio_proxy=running(), app=Seen(Refused("UnknownImage", "no"))), (Start("app"),), id="what was refused is tried again"),
]


@pytest.mark.parametrize(("observed", "actions"), RISING)
def test_a_pod_comes_up_step_by_step(observed: Observed, actions: tuple[object, ...]) -> None:
    assert plan(Desired(pod()), observed, NOW).actions == actions


FALLING = [
    pytest.param(up(istio_proxy=running(), app=running()), Plan((Drain(),)), id="the sidecar sends callers away first"),
    pytest.param(
        replace(up(istio_proxy=running(), app=running()), draining=NOW),
        Plan((), NOW + LAME_DUCK),
        id="the others get a moment to hear of it",
    ),
    pytest.param(
        replace(up(istio_proxy=running(), app=running()), draining=after(-1)), Plan((Terminate("app"),)), id="then the app is asked to end"
    ),
    pytest.param(
        replace(up(istio_proxy=running(), app=running(stopping=NOW)), draining=after(-1)), Plan((), after(30)), id="and has its grace"
    ),
    pytest.param(
        replace(up(istio_proxy=running(), app=running(stopping=after(-30))), draining=after(-31)),
        Plan((Kill("app"),)),
        id="and no more than it",
    ),
    pytest.param(up(istio_proxy=running(), app=ended(0)), Plan((Terminate("istio-proxy"),)), id="the sidecar goes last"),
    pytest.param(up(istio_proxy=ended(0), app=ended(0)), Plan((Remove(),)), id="then the pod is removed"),
    pytest.param(up(app=running()), Plan((Terminate("app"),)), id="without a sidecar there is nobody to drain"),
    pytest.param(Observed(), Plan((Remove(),)), id="a pod that never began is just removed"),
    pytest.param(replace(up(app=ended(0)), removed=True), Plan(), id="what is removed needs nothing"),
]


@pytest.mark.parametrize(("observed", "wanted"), FALLING)
def test_a_leaving_pod_goes_down_step_by_step(observed: Observed, wanted: Plan) -> None:
    assert plan(Desired(pod(), leaving=True), observed, NOW) == wanted


def test_a_gateway_finishes_the_calls_it_has() -> None:
    gateway = pod({"name": "istio-proxy", "image": "auto"}, sidecar=False)
    desired = Desired(gateway, leaving=True)

    assert plan(desired, up(istio_proxy=running()), NOW) == Plan((Drain(),))
    assert plan(desired, replace(up(istio_proxy=running()), draining=NOW), NOW) == Plan((), after(5))
    assert plan(desired, replace(up(istio_proxy=running()), draining=after(-5)), NOW) == Plan((Terminate("istio-proxy"),))
    assert plan(desired, up(istio_proxy=ended(0)), NOW) == Plan((Remove(),))


def test_without_grace_everything_is_killed_at_once() -> None:
    desired = Desired(pod(), leaving=True, grace=timedelta(0))

    assert plan(desired, up(istio_proxy=running(), app=running()), NOW).actions == (Kill("app"),)


def test_an_ended_container_waits_for_its_back_off() -> None:
    observed = up(istio_proxy=running(), app=ended(1, Backoff(until=after(2))))

    assert plan(Desired(pod()), observed, NOW) == Plan((), after(2))
    assert plan(Desired(pod()), observed, after(2)).actions == (Start("app"),)


POLICIES = [
    pytest.param("Always", 0, True, id="always restarts what succeeded"),
    pytest.param("OnFailure", 0, False, id="on failure leaves what succeeded"),
    pytest.param("OnFailure", 1, True, id="on failure restarts what failed"),
    pytest.param("Never", 1, False, id="never restarts nothing"),
]


@pytest.mark.parametrize(("policy", "code", "again"), POLICIES)
def test_the_restart_policy_decides_what_is_started_again(policy: str, code: int, again: bool) -> None:
    desired = Desired(pod(restartPolicy=policy))

    actions = plan(desired, up(istio_proxy=running(), app=ended(code)), NOW).actions

    assert (Start("app") in actions) is again


def test_the_sidecar_of_a_finished_pod_is_stopped() -> None:
    desired = Desired(pod(restartPolicy="Never"))

    assert plan(desired, up(istio_proxy=running(), app=ended(0)), NOW).actions == (Terminate("istio-proxy"),)
    assert plan(desired, up(istio_proxy=ended(0), app=ended(0)), NOW).actions == ()


def test_init_containers_run_one_by_one_before_the_apps() -> None:
    desired = Desired(pod(container(), initContainers=[container("migrate"), container("seed")]))

    assert plan(desired, up(istio_proxy=running()), NOW).actions == (Start("migrate"),)
    assert plan(desired, up(istio_proxy=running(), migrate=running()), NOW).actions == ()
    assert plan(desired, up(istio_proxy=running(), migrate=ended(1)), NOW).actions == (Start("migrate"),)
    assert plan(desired, up(istio_proxy=running(), migrate=ended(0)), NOW).actions == (Start("seed"),)
    assert plan(desired, up(istio_proxy=running(), migrate=ended(0), seed=ended(0)), NOW).actions == (Start("app"),)


def test_a_pod_without_a_place_tries_again_later() -> None:
    crowded = Observed(trouble=Trouble("NoPlace", "no ports", NOW))

    assert plan(Desired(pod()), crowded, NOW) == Plan((), after(5))
    assert plan(Desired(pod()), crowded, after(5)) == Plan((Assign(),))


moments = st.integers(-60, 0).map(after)
states = st.one_of(
    st.just(Absent()),
    st.builds(Refused, st.just("UnknownImage"), st.just("no")),
    st.builds(
        Running,
        since=moments,
        process=st.just("process://1"),
        ready=st.booleans(),
        sick=st.booleans(),
        stopping=st.none() | moments,
        killed=st.just(False),
    ),
    st.builds(Exited, code=st.sampled_from([0, 1, 137]), since=moments, at=moments, reason=st.just("Error")),
)
seens = st.builds(
    Seen, state=states, restarts=st.integers(0, 5), backoff=st.builds(Backoff, until=st.none() | st.integers(0, 300).map(after))
)
observeds = st.builds(
    Observed,
    place=st.sampled_from([None, PLACE]),
    published=st.booleans(),
    containers=st.dictionaries(st.sampled_from(["istio-proxy", "app", "second", "migrate"]), seens),
    draining=st.none() | moments,
)
desireds = st.builds(
    Desired,
    st.builds(
        lambda policy, sidecar, init: pod(
            container(), container("second"), sidecar=sidecar, restartPolicy=policy, initContainers=[container("migrate")] if init else []
        ),
        st.sampled_from(["Always", "OnFailure", "Never"]),
        st.booleans(),
        st.booleans(),
    ),
    leaving=st.booleans(),
    grace=st.sampled_from([timedelta(0), timedelta(seconds=30)]),
)


def settle(desired: Desired, observed: Observed) -> tuple[Observed, datetime]:
    """Do what is planned, let time pass to when the plan asks to be made again, until it asks for nothing and nothing happens by itself."""
    now = NOW
    for _ in range(200):
        wanted = plan(desired, observed, now)
        before = observed
        observed = do_all(wanted.actions, observed, now)
        observed = end_what_was_asked(desired, observed, now)
        if not wanted.actions and observed == before:
            if wanted.again is None:
                return observed, now
            assert wanted.again > now, "a plan must not ask to be made again in the past"
            now = wanted.again
    raise AssertionError("the plan never comes to rest")


def end_what_was_asked(desired: Desired, observed: Observed, now: datetime) -> Observed:
    """Init containers end well by themselves; sidecars get ready; apps that were asked to end do so only when killed: the hard case."""
    for wanted in desired.containers:
        seen = observed.seen(wanted.name)
        if isinstance(seen.state, Running) and wanted.role.value == "init":
            observed = observed.with_container(wanted.name, seen.ended(0, now))
        if isinstance(seen.state, Running) and wanted.role.value == "proxy":
            observed = observed.with_container(wanted.name, replace(seen, state=replace(seen.state, ready=True)))
    return observed


@given(desireds, observeds)
def test_following_the_plan_reaches_what_is_desired_from_anywhere(desired: Desired, observed: Observed) -> None:
    reached, now = settle(desired, observed)

    if desired.leaving:
        assert reached.removed
        assert not any(isinstance(seen.state, Running) for name, seen in reached.containers.items() if name in names(desired))
    else:
        for wanted in desired.containers:
            state = reached.seen(wanted.name).state
            finished = isinstance(state, Exited) and not desired.restarts(wanted, state.code)
            stopped = wanted.role.value == "proxy" and isinstance(state, Exited | Absent)
            held_back = isinstance(state, Absent) and stuck(desired, reached)
            assert finished or stopped or held_back or (isinstance(state, Running) and not state.sick)


def names(desired: Desired) -> set[str]:
    return {wanted.name for wanted in desired.containers}


def stuck(desired: Desired, observed: Observed) -> bool:
    """An init container that failed for good holds its apps back for ever, as in Kubernetes."""
    inits = [wanted for wanted in desired.containers if wanted.role.value == "init"]
    return any(isinstance(state := observed.seen(wanted.name).state, Exited) and state.code for wanted in inits)


@given(desireds, observeds)
def test_planning_again_after_all_is_done_gives_nothing(desired: Desired, observed: Observed) -> None:
    reached, now = settle(desired, observed)

    assert plan(desired, reached, now) == Plan()


@given(desireds, observeds)
def test_no_app_starts_before_its_place_is_known_and_none_in_a_leaving_pod(desired: Desired, observed: Observed) -> None:
    starts = [action for action in plan(desired, observed, NOW).actions if isinstance(action, Start)]

    assert not starts or (observed.place is not None and observed.published and not desired.leaving)
