"""Stories of one proxy that refuses something: what is found out, what goes on, and what stays."""

from __future__ import annotations

from xds_client import cluster, endpoints, listener, routes, update
from xds_wire import EVERYTHING, Wire, said_after

from airside.xds.hub import Hub
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES
from airside.xds.status import Recovery, Rejection


def test_a_bad_resource_among_good_ones_is_found_and_the_others_go_on(wire: Wire) -> None:
    names = [f"n{number}" for number in range(9)]
    change = update(2, {CLUSTER: [cluster(name, bad=name == "n5") for name in names], ENDPOINTS: [endpoints(name) for name in names]})
    said_after(wire, change)

    assert wire.client.versions()[CLUSTER].keys() == {"a", "b", *names} - {"n5"}
    rejection = Rejection(wire.proxy, CLUSTER, "n5", "1", 2, "n5 bad", ("DestinationRule/n5",))
    assert wire.notices == [rejection]
    assert wire.hub.progress(1, 2).pending == ()


def test_several_bad_ones_are_all_found(wire: Wire) -> None:
    change = update(2, {LISTENER: [listener(f"m{number}", "r", bad=number % 3 == 0) for number in range(8)]})
    said_after(wire, change)

    assert {notice.resource for notice in wire.notices if isinstance(notice, Rejection)} == {"m0", "m3", "m6"}
    assert wire.client.versions()[LISTENER].keys() == {"l", "m1", "m2", "m4", "m5", "m7"}


def test_a_rejected_version_is_not_sent_again_until_it_changes(wire: Wire) -> None:
    bad = routes("r", "a", version="2", bad=True)
    assert said_after(wire, update(2, {ROUTES: [bad]})) == [(ROUTES, ("r",), ())]
    assert said_after(wire, update(3, {ROUTES: [bad], ENDPOINTS: [endpoints("a", "3")]})) == [(ENDPOINTS, ("a",), ())]

    assert said_after(wire, update(4, {ROUTES: [routes("r", "a", version="4")]})) == [(ROUTES, ("r",), ())]
    assert [type(notice) for notice in wire.notices] == [Rejection, Recovery]


def test_going_back_to_the_last_good_version_ends_a_rejection_without_a_word(wire: Wire) -> None:
    said_after(wire, update(2, {ROUTES: [routes("r", "a", version="2", bad=True)]}))

    assert said_after(wire, update(3, {ROUTES: [routes("r", "a", "b")]})) == []
    assert [type(notice) for notice in wire.notices] == [Rejection, Recovery]


def test_routes_to_a_refused_cluster_stay_as_they_were(wire: Wire) -> None:
    change = update(2, {CLUSTER: [cluster("c", bad=True)], ENDPOINTS: [endpoints("c")], ROUTES: [routes("r", "c", version="2")]})
    said = said_after(wire, change)

    assert said == [(CLUSTER, ("c",), ())]
    assert wire.hub.progress(1, 2).pending == ()
    messages = {(notice.type, notice.resource): notice.message for notice in wire.notices if isinstance(notice, Rejection)}
    assert messages == {(CLUSTER, "c"): "c bad", (ROUTES, "r"): "not sent: it needs Cluster c, which the proxy refused"}

    assert said_after(wire, update(3, {CLUSTER: [cluster("c", "2")]}))[-1] == (ROUTES, ("r",), ())
    assert wire.hub.rejected == {}


def test_a_client_without_routes_gets_them_even_if_one_cluster_is_refused() -> None:
    wire = Wire(Hub())
    wire.expect()
    wire.publish(update(1, EVERYTHING | {CLUSTER: [cluster("a"), cluster("b", bad=True)]}))
    wire.connect()
    wire.settle()

    assert wire.client.versions()[ROUTES] == {"r": "1"}


def test_a_cluster_that_refused_routes_would_have_left_is_kept(wire: Wire) -> None:
    bad = routes("r", "b", version="2", bad=True)
    said = said_after(wire, update(2, {ROUTES: [bad]}, {CLUSTER: ["a"], ENDPOINTS: ["a"]}))

    assert said == [(ROUTES, ("r",), ()), (ENDPOINTS, (), ("a",))]
    assert wire.client.versions()[CLUSTER] == {"a": "1", "b": "1"}
    assert wire.client.complaints == []

    said = said_after(wire, update(3, {ROUTES: [routes("r", "b", version="3")]}))
    assert said[-1] == (CLUSTER, (), ("a",))


def test_what_came_in_a_rejected_response_is_taken_away_though_it_was_never_acknowledged(wire: Wire) -> None:
    wire.publish(update(2, {LISTENER: [listener("m", "r"), listener("n", "r", bad=True)]}))
    wire.deliver_down()  # the client now has m, and rejects the response
    wire.publish(update(3, {LISTENER: [listener("m", "r", "3", bad=True)]}, {LISTENER: ["n"]}))
    wire.settle()
    assert wire.client.versions()[LISTENER] == {"l": "1", "m": "1"}

    said_after(wire, update(4, drop={LISTENER: ["m"]}))
    assert wire.client.versions()[LISTENER] == {"l": "1"}


def test_doubts_outlive_a_stream_that_was_replaced_without_a_word(wire: Wire) -> None:
    wire.publish(update(2, {LISTENER: [listener("m", "r"), listener("n", "r", bad=True)]}))
    wire.deliver_down()
    wire.session, wire.downstream = None, []
    wire.publish(update(3, drop={LISTENER: ["m", "n"]}))
    wire.connect()
    wire.settle()

    assert wire.client.versions()[LISTENER] == {"l": "1"}
