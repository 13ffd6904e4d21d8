"""Whatever the order of changes, messages, rejections and broken connections: a client ends with the newest state, unharmed."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given, settings
from xds_client import ALL, cluster, endpoints, listener, routes
from xds_wire import Wire

from airside.xds.hub import Hub
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, ProxyId, Resource, TypeUrl, Update

NAMES = ("a", "b", "c", "d")

World = dict[TypeUrl, dict[str, Resource]]


@st.composite
def worlds(draw: st.DrawFn, bad: bool) -> World:
    """Services with endpoints, and two listeners whose routes name some of them: nothing dangles. `bad`: some are refused."""
    clusters = draw(st.sets(st.sampled_from(NAMES), min_size=1))
    version = st.sampled_from(("1", "2", "3"))
    spoiled = st.booleans() if bad else st.just(False)

    def make(kind: object, *args: str) -> Resource:
        is_bad = draw(spoiled)
        return kind(*args, version=draw(version) + ("!" if is_bad else ""), bad=is_bad)  # type: ignore[operator, no-any-return]

    tables: World = {CLUSTER: {}, ENDPOINTS: {}, LISTENER: {}, ROUTES: {}}
    for name in sorted(clusters):
        tables[CLUSTER][name] = make(cluster, name)
        tables[ENDPOINTS][name] = endpoints(name, draw(version))
    for name in sorted(draw(st.sets(st.sampled_from(("l", "m"))))):
        named = tuple(sorted(draw(st.sets(st.sampled_from(sorted(clusters))))))
        tables[LISTENER][name] = make(listener, name, f"r{name}")
        route = routes(f"r{name}", *named, bad=draw(spoiled))
        content_version = "+".join(named) + draw(version) + ("!" if b'"bad": true' in route.body else "")
        tables[ROUTES][f"r{name}"] = Resource(route.name, content_version, route.body, route.needs)
    return tables


def difference(revision: int, old: World, new: World) -> Update:
    tables: dict[tuple[TypeUrl, object], dict[str, Resource | None]] = {}
    for type in new:
        changed: dict[str, Resource | None] = {name: new[type].get(name) for name in old.get(type, {}).keys() - new[type].keys()}
        changed.update({name: resource for name, resource in new[type].items() if old.get(type, {}).get(name) != resource})
        if changed:
            tables[type, ALL] = changed
    return Update(revision, tables)  # type: ignore[arg-type]


STEPS = st.lists(st.sampled_from(("up", "up", "down", "down", "publish", "leave", "reconnect", "wait")), max_size=60)
# A new server cannot know what a client took from a response that it rejected to the old one: restarts belong among good worlds only.
RESTARTS = st.lists(st.sampled_from(("up", "up", "down", "down", "publish", "leave", "reconnect", "restart", "wait")), max_size=60)


def wanted(world: World) -> dict[TypeUrl, dict[str, str]]:
    return {type: {name: resource.version for name, resource in table.items()} for type, table in world.items() if table}


def run(wire: Wire, plan: list[str], stories: list[World]) -> World:
    world: World = {}
    revision = 1
    for step in plan:
        if step == "up":
            wire.deliver_up()
        elif step == "down":
            wire.deliver_down()
        elif step == "leave":
            wire.disconnect()
        elif step == "reconnect":
            wire.connect()
        elif step == "restart":
            wire.disconnect()
            wire.hub = Hub()
            wire.expect()
            wire.publish(difference(revision, {}, world))
            wire.connect()
        elif step == "wait":
            wire.now += 1
            wire.flush()
        elif stories:
            revision += 1
            new = stories.pop(0)
            wire.publish(difference(revision, world, new))
            world = new
    return world


@given(plan=RESTARTS, stories=st.lists(worlds(bad=False), min_size=1, max_size=6))
@settings(max_examples=400, deadline=None)
def test_any_interleaving_converges_and_never_breaks_before_making(plan: list[str], stories: list[World]) -> None:
    wire = Wire(Hub())
    wire.expect()
    wire.connect()
    world = run(wire, ["publish", *plan], stories)
    if wire.session is None:
        wire.connect()
    wire.settle()

    assert wire.client.versions() == wanted(world)
    assert wire.client.complaints == []
    assert not wire.session.owes(10**6)  # type: ignore[union-attr]
    assert wire.hub.progress(0, 10**6).pending == ()


@given(plan=STEPS, stories=st.lists(worlds(bad=True), min_size=1, max_size=5), last=worlds(bad=False))
@settings(max_examples=400, deadline=None)
def test_refusals_hold_nothing_up_and_heal_once_everything_is_good(plan: list[str], stories: list[World], last: World) -> None:
    wire = Wire(Hub())
    wire.expect()
    wire.connect()
    world = run(wire, ["publish", *plan], stories)
    if wire.session is None:
        wire.connect()
    wire.settle()

    assert wire.hub.progress(0, 10**6).pending == ()

    wire.publish(difference(1000, world, last))
    wire.settle()

    assert wire.client.versions() == wanted(last)
    assert wire.hub.rejected == {}
    assert not wire.session.owes(10**6)  # type: ignore[union-attr]


@given(stories=st.lists(worlds(bad=True), min_size=2, max_size=4))
@settings(max_examples=200, deadline=None)
def test_what_is_settled_is_not_said_again(stories: list[World]) -> None:
    wire = Wire(Hub())
    wire.expect()
    wire.connect()
    world = run(wire, ["publish"] * len(stories), list(stories))
    wire.settle()
    said = len(wire.client.received)

    wire.publish(difference(1000, {}, world))
    wire.settle()

    assert len(wire.client.received) == said


@given(plan=RESTARTS, stories=st.lists(worlds(bad=False), min_size=1, max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_proxy_named_late_gets_what_the_others_have(plan: list[str], stories: list[World]) -> None:
    wire = Wire(Hub(), ProxyId("late"))
    wire.connect()
    world = run(wire, ["publish", *plan], stories)
    if wire.session is None:
        wire.connect()
    wire.expect()
    wire.settle()

    assert wire.client.versions() == wanted(world)
    assert wire.client.complaints == []
