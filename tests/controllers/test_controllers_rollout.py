"""Deployments rolled over: bounds kept at every step, history, undo, conditions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from controllers_world import World, container, deployment, image_of, new_template
from hypothesis import given, settings
from hypothesis import strategies as st

from airside.controllers.deployment import HASH, REVISION
from airside.controllers.held import part
from airside.controllers.rollout import Bounds, SetSize, grow_new, resolve_bounds, shrink_old
from airside.resources.apps import DeploymentStatus

BOUNDS = [
    pytest.param(4, "25%", "25%", Bounds(4, 1, 1), id="a quarter of four"),
    pytest.param(3, "25%", "25%", Bounds(3, 1, 0), id="surge rounds up, unavailable down"),
    pytest.param(1, "25%", "25%", Bounds(1, 1, 0), id="one pod is replaced without a gap"),
    pytest.param(2, 0, 0, Bounds(2, 0, 1), id="something must be able to move"),
    pytest.param(2, 3, 5, Bounds(2, 3, 2), id="no more can be missing than there are"),
]


@pytest.mark.parametrize(("replicas", "surge", "unavailable", "wanted"), BOUNDS)
def test_percentages_become_pods(replicas: int, surge: int | str, unavailable: int | str, wanted: Bounds) -> None:
    assert resolve_bounds(replicas, surge, unavailable) == wanted


MOVES = [
    pytest.param(Bounds(3, 1, 0), SetSize(0, 0), [SetSize(3, 3)], 1, [3], id="first one more"),
    pytest.param(Bounds(3, 1, 0), SetSize(1, 0), [SetSize(3, 3)], 1, [3], id="nothing goes before the new one serves"),
    pytest.param(Bounds(3, 1, 0), SetSize(1, 1), [SetSize(3, 3)], 1, [2], id="then one old one goes"),
    pytest.param(Bounds(3, 0, 1), SetSize(0, 0), [SetSize(3, 3)], 0, [2], id="without surge an old one goes first"),
    pytest.param(Bounds(3, 1, 0), SetSize(1, 0), [SetSize(3, 1)], 1, [3], id="sick old ones stay while they are needed for the count"),
    pytest.param(Bounds(3, 1, 1), SetSize(2, 2), [SetSize(2, 0)], 2, [0], id="sick old ones go first"),
    pytest.param(Bounds(1, 1, 0), SetSize(3, 3), [], 1, [], id="a set too large shrinks"),
]


@pytest.mark.parametrize(("bounds", "new", "old", "grown", "shrunk"), MOVES)
def test_each_step_follows_from_the_numbers(bounds: Bounds, new: SetSize, old: list[SetSize], grown: int, shrunk: list[int]) -> None:
    assert grow_new(bounds, new, old) == grown
    assert shrink_old(bounds, new, old) == shrunk


strategies = st.one_of(
    st.just({}),
    st.builds(
        lambda surge, unavailable: {
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
        },
        st.integers(0, 3) | st.sampled_from(["25%", "50%", "100%"]),
        st.integers(0, 3) | st.sampled_from(["25%", "50%", "100%"]),
    ).filter(lambda spec: resolve_ok(spec)),
)


def resolve_ok(spec: dict[str, object]) -> bool:
    rolling = part(spec, "strategy", "rollingUpdate")
    return any(value not in (0, "0%") for value in rolling.values())


steps = st.lists(st.tuples(st.sampled_from(["deployment", "set", "agent", "agent"]), st.integers(0, 7)), max_size=120)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), strategies, steps)
def test_a_rolling_update_keeps_its_bounds_at_every_step(replicas: int, strategy: dict[str, object], order: list[tuple[str, int]]) -> None:
    world = World()
    world.put(deployment(replicas, **strategy))
    world.settle()
    world.change_deployment(template=new_template("v2"))
    rolling = world.deployment.value.spec.strategy.rolling_update
    assert rolling is not None
    bounds = resolve_bounds(replicas, rolling.max_surge, rolling.max_unavailable)

    for what, index in order:
        if what == "deployment":
            world.roll_deployment()
        elif what == "set":
            world.roll_set(index)
        else:
            world.agent(index)
        staying = [pod for pod in world.pods if not pod.leaving]
        assert sum(pod.value.ready for pod in staying) >= bounds.least_available
        assert len(staying) <= bounds.replicas + bounds.surge

    world.settle()
    assert {image_of(pod.raw["spec"] and {"spec": pod.raw["spec"]}) for pod in world.pods} == {"v2"}
    assert len(world.pods) == replicas


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), steps)
def test_any_order_of_reconciles_ends_in_what_is_desired(first: int, second: int, order: list[tuple[str, int]]) -> None:
    world = World()
    world.put(deployment(first))
    world.roll_deployment()
    for what, index in order:
        if what == "deployment":
            world.roll_deployment()
        elif what == "set":
            world.roll_set(index)
        else:
            world.agent(index)
    world.change_deployment(replicas=second)
    world.settle()

    assert len(world.pods) == second
    status = world.deployment.value.status
    assert (status.replicas, status.ready_replicas, status.available_replicas, status.unavailable_replicas) == (second, second, second, 0)


def test_reconciling_twice_changes_nothing() -> None:
    world = World()
    world.put(deployment())
    world.settle()

    assert not world.roll_deployment().changes
    assert not world.roll_set(0).changes


def test_pods_carry_the_sets_hash_and_owner() -> None:
    world = World()
    world.put(deployment(2))
    world.settle()

    replica_set = world.sets[0]
    digest = replica_set.value.metadata.labels[HASH]
    assert replica_set.value.metadata.name == f"web-{digest}"
    assert {pod.value.metadata.labels[HASH] for pod in world.pods} == {digest}
    assert all(pod.controlled_by(replica_set) for pod in world.pods)
    assert all(pod.value.metadata.name.startswith(f"web-{digest}-") for pod in world.pods)
    assert {pod.value.spec.node_name for pod in world.pods} == {"airside"}


def test_an_undo_brings_the_old_set_back_as_the_newest_revision() -> None:
    world = World()
    world.put(deployment(2))
    world.settle()
    world.change_deployment(template=new_template("v2"))
    world.settle()
    world.change_deployment(template=new_template("v1"))
    world.settle()

    assert len(world.sets) == 2
    revisions = {image_of(part(held.raw, "spec", "template")): held.value.metadata.annotations[REVISION] for held in world.sets}
    assert revisions == {"v1": "3", "v2": "2"}
    assert world.deployment.value.metadata.annotations[REVISION] == "3"
    assert {image_of({"spec": pod.raw["spec"]}) for pod in world.pods} == {"v1"}


def test_history_is_kept_up_to_its_limit() -> None:
    world = World()
    world.put(deployment(1, revisionHistoryLimit=2))
    for number in range(2, 7):
        world.settle()
        world.change_deployment(template=new_template(f"v{number}"))
    world.settle()

    assert sorted(image_of(part(held.raw, "spec", "template")) for held in world.sets) == ["v4", "v5", "v6"]


def test_recreate_stops_all_before_it_starts_one() -> None:
    world = World()
    world.put(deployment(2, strategy={"type": "Recreate"}))
    world.settle()
    world.change_deployment(template=new_template("v2"))
    for _ in range(40):
        world.roll_deployment()
        for index in range(len(world.sets)):
            world.roll_set(index)
        images = {image_of({"spec": pod.raw["spec"]}) for pod in world.pods if not pod.leaving}
        assert len(images) <= 1
        world.agent(0)

    assert {image_of({"spec": pod.raw["spec"]}) for pod in world.pods} == {"v2"}


def test_a_paused_deployment_scales_but_does_not_roll() -> None:
    world = World()
    world.put(deployment(2))
    world.settle()
    world.change_deployment(paused=True, replicas=3, template=new_template("v2"))
    world.settle()

    assert len(world.sets) == 1
    assert [image_of({"spec": pod.raw["spec"]}) for pod in world.pods] == ["v1"] * 3


def conditions(status: DeploymentStatus) -> dict[str, tuple[str, str]]:
    return {condition.type: (condition.status, condition.reason) for condition in status.conditions}


def test_conditions_tell_progress_and_completion() -> None:
    world = World()
    world.put(deployment(1))
    world.roll_deployment()
    world.roll_set(0)
    world.roll_deployment()
    begun = conditions(world.deployment.value.status)
    world.settle()

    assert begun == {"Available": ("False", "MinimumReplicasUnavailable"), "Progressing": ("True", "ReplicaSetUpdated")}
    assert conditions(world.deployment.value.status) == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }
    assert world.deployment.value.status.observed_generation == world.deployment.value.metadata.generation


def test_a_rollout_that_stands_still_is_late_after_its_deadline() -> None:
    world = World()
    world.put(deployment(1, progressDeadlineSeconds=60))
    world.roll_deployment()
    world.roll_set(0)
    waiting = world.roll_deployment().again
    world.now += timedelta(seconds=61)
    world.roll_deployment()

    assert waiting == timedelta(seconds=60)
    assert conditions(world.deployment.value.status)["Progressing"] == ("False", "ProgressDeadlineExceeded")
    world.settle()
    assert conditions(world.deployment.value.status)["Progressing"] == ("True", "NewReplicaSetAvailable")


def test_pods_become_available_after_being_ready_for_a_while() -> None:
    world = World()
    world.put(deployment(1, minReadySeconds=30))
    world.roll_deployment()
    world.roll_set(0)
    world.serve(world.pods[0])
    outcome = world.roll_set(0)

    assert outcome.again == timedelta(seconds=30)
    assert (world.sets[0].value.status.ready_replicas, world.sets[0].value.status.available_replicas) == (1, 0)
    world.now += timedelta(seconds=30)
    world.roll_set(0)
    assert world.sets[0].value.status.available_replicas == 1


def test_the_least_useful_pods_go_first() -> None:
    world = World()
    world.put(deployment(3))
    world.roll_deployment()
    world.roll_set(0)
    first, second, third = world.pods
    world.serve(first)
    world.serve(second, ready=False)
    world.change_deployment(replicas=1)
    world.roll_deployment()
    world.roll_set(0)

    assert {pod.value.metadata.name for pod in world.pods if not pod.leaving} == {first.value.metadata.name}
    assert third.key in world.objects


def test_a_template_that_makes_no_pod_shows_on_the_set() -> None:
    raw = deployment(1)
    world = World()
    world.put(raw)
    world.roll_deployment()
    broken = world.sets[0]
    spec = part(broken.raw, "spec")
    template = {**part(spec, "template"), "spec": {"containers": [container(), container()]}}
    world.write([broken.put(spec={**spec, "template": template})])

    world.roll_set(0)

    condition = world.sets[0].value.status.conditions[0]
    assert (condition.type, condition.reason) == ("ReplicaFailure", "FailedCreate")
    assert not world.pods
