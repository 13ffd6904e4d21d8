"""Stories of one proxy: what it is sent, in which order, and what waits for what."""

from __future__ import annotations

import pytest
from xds_client import ALL, cluster, endpoints, listener, routes, update
from xds_wire import Wire

from airside.xds.hub import Hub
from airside.xds.pace import OPEN_LIMIT, PATIENCE
from airside.xds.protocol import Request
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, ProxyId, Scope, TypeUrl, Update
from airside.xds.status import Recovery, Rejection, State

EVERYTHING = {
    CLUSTER: [cluster("a"), cluster("b")],
    ENDPOINTS: [endpoints("a"), endpoints("b")],
    LISTENER: [listener("l", "r")],
    ROUTES: [routes("r", "a", "b")],
}

Said = list[tuple[TypeUrl, tuple[str, ...], tuple[str, ...]]]


@pytest.fixture
def wire() -> Wire:
    """A proxy that has everything."""
    wire = Wire(Hub())
    wire.expect()
    wire.publish(update(1, EVERYTHING))
    wire.connect()
    wire.settle()
    return wire


def said_after(wire: Wire, change: Update) -> Said:
    before = len(wire.client.received)
    wire.publish(change)
    wire.settle()
    return wire.client.received[before:]


def test_a_new_proxy_gets_clusters_endpoints_listeners_and_then_routes(wire: Wire) -> None:
    assert wire.client.received == [
        (CLUSTER, ("a", "b"), ()),
        (LISTENER, ("l",), ()),
        (ENDPOINTS, ("a", "b"), ()),
        (ROUTES, ("r",), ()),
    ]


def test_an_endpoint_change_is_endpoints_only(wire: Wire) -> None:
    assert said_after(wire, update(2, {ENDPOINTS: [endpoints("a", "2")]})) == [(ENDPOINTS, ("a",), ())]


def test_equal_versions_are_not_sent(wire: Wire) -> None:
    assert said_after(wire, update(2, EVERYTHING)) == []
    assert wire.hub.progress(1, 2).touched == ()


def test_what_a_scope_hides_is_not_sent(wire: Wire) -> None:
    assert said_after(wire, Update(2, {(CLUSTER, Scope("elsewhere")): {"a": cluster("a", "9")}})) == []


def test_of_two_scopes_the_first_wins(wire: Wire) -> None:
    own = Scope("own")
    said_after(wire, Update(2, {(CLUSTER, own): {"a": cluster("a", "mine")}}, {wire.proxy: (own, ALL)}))
    assert wire.client.versions()[CLUSTER] == {"a": "mine", "b": "1"}

    said_after(wire, update(3, {CLUSTER: [cluster("a", "2")]}))
    assert wire.client.versions()[CLUSTER] == {"a": "mine", "b": "1"}

    said_after(wire, Update(4, {(CLUSTER, own): {"a": None}}))
    assert wire.client.versions()[CLUSTER] == {"a": "2", "b": "1"}


def test_an_updated_cluster_gets_its_endpoints_again(wire: Wire) -> None:
    assert said_after(wire, update(2, {CLUSTER: [cluster("a", "2")]})) == [(CLUSTER, ("a",), ()), (ENDPOINTS, ("a",), ())]


def test_routes_wait_until_their_clusters_are_warm(wire: Wire) -> None:
    said = said_after(wire, update(2, {ROUTES: [routes("r", "c", version="2")], CLUSTER: [cluster("c")], ENDPOINTS: [endpoints("c")]}))

    assert said == [(CLUSTER, ("c",), ()), (ENDPOINTS, ("c",), ()), (ROUTES, ("r",), ())]
    assert wire.client.complaints == []


def test_routes_do_not_wait_for_clusters_that_they_do_not_name(wire: Wire) -> None:
    wire.publish(update(2, {CLUSTER: [cluster("c")], ENDPOINTS: [endpoints("c")], ROUTES: [routes("r", "a", version="2")]}))

    assert [response.type for response in wire.downstream] == [CLUSTER, ROUTES]


def test_what_changes_while_a_push_is_in_flight_is_merged_into_the_next(wire: Wire) -> None:
    for revision in range(2, 30):
        wire.publish(update(revision, {ROUTES: [routes("r", "a", version=str(revision))]}))
    wire.settle()

    assert wire.client.received[-2:] == [(ROUTES, ("r",), ()), (ROUTES, ("r",), ())]
    assert wire.client.received[-3] != (ROUTES, ("r",), ()) or len(wire.client.received) == 6
    assert wire.client.versions()[ROUTES] == {"r": "29"}
    assert wire.hub.progress(1, 29).pending == ()


def test_a_change_taken_back_while_it_waits_is_not_sent(wire: Wire) -> None:
    wire.publish(update(2, {ROUTES: [routes("r", "a", version="2")]}))
    wire.publish(update(3, {ROUTES: [routes("r", "a", version="3")]}))
    wire.publish(update(4, {ROUTES: [routes("r", "a", version="2")]}))
    before = len(wire.client.received)
    wire.settle()

    assert wire.client.received[before:] == [(ROUTES, ("r",), ())]


def test_removals_come_last_and_in_reverse(wire: Wire) -> None:
    said = said_after(
        wire,
        update(
            2,
            {ROUTES: [routes("r", "b", version="2")], LISTENER: [listener("m", "s")]} | {},
            {CLUSTER: ["a"], ENDPOINTS: ["a"]},
        ),
    )

    assert said == [
        (LISTENER, ("m",), ()),
        (ROUTES, ("r",), ()),
        (ROUTES, (), ("s",)),  # the listener asked for routes that there are not
        (ENDPOINTS, (), ("a",)),
        (CLUSTER, (), ("a",)),
    ]
    assert wire.client.complaints == []


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


def test_a_reconnect_gets_the_differences_and_removals_only(wire: Wire) -> None:
    wire.disconnect()
    wire.publish(update(2, {ROUTES: [routes("r", "b", version="2")]}, {CLUSTER: ["a"], ENDPOINTS: ["a"]}))
    before = len(wire.client.received)
    wire.connect()
    wire.settle()

    assert wire.client.received[before:] == [(ROUTES, ("r",), ()), (ENDPOINTS, (), ("a",)), (CLUSTER, (), ("a",))]
    assert wire.session is not None and wire.session.wake_at is None
    assert wire.client.complaints == []


def test_a_reconnect_without_differences_gets_nothing(wire: Wire) -> None:
    before = len(wire.client.received)
    wire.connect()
    wire.settle()

    assert wire.client.received[before:] == []


def test_a_new_server_sends_endpoints_again_for_clusters_that_may_wait_for_them(wire: Wire) -> None:
    wire.disconnect()
    wire.hub = Hub()
    wire.expect()
    wire.publish(update(7, EVERYTHING))
    before = len(wire.client.received)
    wire.connect()
    wire.settle()

    assert wire.client.received[before:] == [(ENDPOINTS, ("a", "b"), ())]


def test_an_unknown_proxy_waits_until_it_is_named() -> None:
    wire = Wire(Hub(), ProxyId("early"))
    wire.publish(update(1, EVERYTHING))
    wire.connect()
    wire.settle()
    assert wire.client.received == []
    assert [(status.id, status.known, status.connected) for status in wire.hub.status()] == [("early", False, True)]

    wire.expect()
    wire.settle()
    assert wire.client.versions().keys() == {CLUSTER, ENDPOINTS, LISTENER, ROUTES}


def test_a_proxy_that_is_gone_keeps_what_it_has(wire: Wire) -> None:
    assert said_after(wire, Update(2, proxies={wire.proxy: None})) == []
    assert said_after(wire, update(3, {ENDPOINTS: [endpoints("a", "3")]})) == []
    assert wire.client.versions().keys() == {CLUSTER, ENDPOINTS, LISTENER, ROUTES}


def test_asking_again_is_always_answered(wire: Wire) -> None:
    wire.client.outbox.append(Request(ROUTES, ("r",)))
    before = len(wire.client.received)
    wire.settle()

    assert wire.client.received[before:] == [(ROUTES, ("r",), ())]


def test_whoever_asks_for_what_is_not_there_hears_so_and_gets_it_when_it_comes(wire: Wire) -> None:
    wire.client.outbox.append(Request(ROUTES, ("nothing",)))
    before = len(wire.client.received)
    wire.settle()
    said = said_after(wire, update(2, {ROUTES: [routes("nothing", "a")]}))

    assert wire.client.received[before] == (ROUTES, (), ("nothing",))
    assert said == [(ROUTES, ("nothing",), ())]


def test_what_is_unsubscribed_is_not_sent(wire: Wire) -> None:
    wire.client.outbox.append(Request(ENDPOINTS, (), ("a",)))
    wire.settle()

    assert said_after(wire, update(2, {ENDPOINTS: [endpoints("a", "2"), endpoints("b", "2")]})) == [(ENDPOINTS, ("b",), ())]


def test_a_slow_warm_up_holds_others_no_longer_than_our_patience(wire: Wire) -> None:
    wire.publish(update(2, {CLUSTER: [cluster("slow")]}))
    assert wire.deliver_down()  # it waits for endpoints that do not come, so it does not acknowledge
    wire.publish(update(3, {CLUSTER: [cluster("c")], ENDPOINTS: [endpoints("c")]}))
    assert wire.downstream == []
    assert wire.session is not None and wire.session.wake_at == PATIENCE.total_seconds()

    wire.now = wire.session.wake_at
    wire.flush()
    assert [response.type for response in wire.downstream] == [CLUSTER]


def test_a_client_that_never_answers_is_sent_a_bounded_number_of_responses(wire: Wire) -> None:
    for revision in range(2, 100):
        wire.now += 1
        wire.publish(update(revision, {ROUTES: [routes("r", "a", version=str(revision))]}))

    assert len(wire.downstream) == OPEN_LIMIT
    wire.settle()
    assert wire.client.versions()[ROUTES] == {"r": "99"}


def test_a_newer_stream_of_a_proxy_takes_over(wire: Wire) -> None:
    earlier = wire.session
    wire.session = None  # the client is gone without a word
    wire.connect()
    assert earlier is not None
    assert wire.hub.respond(earlier, 0.0)[0] == []
    assert wire.hub.disconnect(earlier, 0.0).arrived is False

    wire.settle()
    assert [status.connected for status in wire.hub.status()] == [True]


def test_status_tells_how_each_type_stands(wire: Wire) -> None:
    wire.publish(update(2, {ROUTES: [routes("r", "a", version="2", bad=True)], ENDPOINTS: [endpoints("a", "2")]}))
    wire.deliver_down()
    wire.deliver_down()
    [before] = wire.hub.status()
    wire.settle()
    [after] = wire.hub.status()

    assert {type.rpartition(".")[2]: status.state for type, status in before.types.items()} == {
        "Secret": State.NOT_SENT,
        "Cluster": State.SYNCED,
        "ClusterLoadAssignment": State.STALE,
        "Listener": State.SYNCED,
        "RouteConfiguration": State.STALE,
    }
    assert after.types[ROUTES].state is State.REJECTED
    assert after.types[ENDPOINTS].state is State.SYNCED
    assert after.types[ENDPOINTS].acked == "2"
    assert [rejection.resource for rejection in after.rejected] == ["r"]
