"""Stories of one proxy: what it is sent, in which order, and what waits for what."""

from __future__ import annotations

from xds_client import ALL, cluster, endpoints, listener, routes, update
from xds_wire import EVERYTHING, Wire, acknowledge, said_after

from airside.xds.hub import Hub
from airside.xds.pace import OPEN_LIMIT, PATIENCE
from airside.xds.protocol import Request
from airside.xds.resource import CLUSTER, ENDPOINTS, LISTENER, ROUTES, ProxyId, Resource, Scope, Update
from airside.xds.status import State


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

    assert wire.client.received[4:] == [(ROUTES, ("r",), ()), (ROUTES, ("r",), ())]
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
    put = {ROUTES: [routes("r", "b", version="2")], LISTENER: [listener("m", "s")]}
    said = said_after(wire, update(2, put, {CLUSTER: ["a"], ENDPOINTS: ["a"]}))

    assert said == [
        (LISTENER, ("m",), ()),
        (ROUTES, ("r",), ()),
        (ROUTES, (), ("s",)),  # the listener asked for routes that there are not
        (ENDPOINTS, (), ("a",)),
        (CLUSTER, (), ("a",)),
    ]
    assert wire.client.complaints == []


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


def test_routes_wait_for_endpoints_even_if_the_cluster_is_acknowledged_before_they_have_come(wire: Wire) -> None:
    wire.publish(update(2, {CLUSTER: [cluster("c")], ENDPOINTS: [endpoints("c")], ROUTES: [routes("r", "c", version="2")]}))
    assert wire.session is not None
    acknowledge(wire, wire.downstream.pop())
    assert wire.downstream == []  # the client has yet to ask for the endpoints

    wire.hub.receive(wire.session, Request(ENDPOINTS, ("c",)), wire.now)
    wire.flush()
    [answer] = wire.downstream
    assert answer.type == ENDPOINTS
    assert wire.session.owes(2)

    acknowledge(wire, wire.downstream.pop())
    assert [response.type for response in wire.downstream] == [ROUTES]


def test_listeners_and_routes_wait_while_clusters_are_held_back_whether_or_not_they_say_that_they_need_them(wire: Wire) -> None:
    wire.publish(update(2, {CLUSTER: [cluster("slow")]}))
    frank = Resource("r", "2", routes("r", "c").body)
    wire.publish(update(3, {CLUSTER: [cluster("c")], ENDPOINTS: [endpoints("c")], ROUTES: [frank]}))

    assert [response.type for response in wire.downstream] == [CLUSTER]


def test_what_is_let_go_while_in_flight_is_not_held_afterwards(wire: Wire) -> None:
    wire.publish(update(2, {ENDPOINTS: [endpoints("a", "2")]}))
    assert wire.session is not None
    wire.hub.receive(wire.session, Request(ENDPOINTS, (), ("a",)), wire.now)
    acknowledge(wire, wire.downstream.pop())

    assert wire.session.parts[ENDPOINTS].delivery.held.keys() == {"b"}
    assert wire.hub.progress(1, 2).pending == ()


def test_whoever_asks_by_name_for_what_it_has_and_is_gone_hears_at_once(wire: Wire) -> None:
    wire.publish(update(2, {CLUSTER: [cluster("slow")]}))  # open for as long as the client likes
    wire.publish(update(3, drop={ENDPOINTS: ["b"]}))
    assert wire.session is not None
    wire.hub.receive(wire.session, Request(ENDPOINTS, ("b",)), wire.now)
    wire.flush()

    assert [(response.type, response.removed) for response in wire.downstream[1:]] == [(ENDPOINTS, ("b",))]


def test_a_change_that_merges_into_a_later_one_is_pending_until_that_has_come(wire: Wire) -> None:
    wire.publish(update(2, {ROUTES: [routes("r", "a", version="2")]}))
    wire.publish(update(3, {ROUTES: [routes("r", "a", version="3")]}))
    wire.publish(update(4, {ROUTES: [routes("r", "a", version="4")]}))
    acknowledge(wire, wire.downstream.pop())

    assert wire.hub.progress(1, 2).pending == ()
    assert wire.hub.progress(2, 3).pending == (wire.proxy,)
    wire.settle()
    assert wire.hub.progress(2, 4).pending == ()


def test_alike_streams_get_alike_responses() -> None:
    hub = Hub()
    wires = [Wire(hub, ProxyId(name)) for name in ("p", "q")]
    for wire in wires:
        wire.expect()
        wire.connect()
        wire.settle()
    hub.publish(update(2, EVERYTHING), 0.0)
    for wire in wires:
        wire.flush()

    assert wires[0].downstream == wires[1].downstream


def test_no_two_responses_of_a_stream_have_one_nonce(wire: Wire) -> None:
    nonces: list[str] = []
    wire.publish(update(2, {LISTENER: [listener(f"m{number}", "r", bad=number % 3 == 0) for number in range(8)]}))
    while wire.downstream:
        nonces.append(wire.downstream[0].nonce)
        wire.deliver_down()
        while wire.deliver_up():
            pass

    assert len(nonces) > 4
    assert len(set(nonces)) == len(nonces)


def test_an_updated_cluster_is_cold_until_its_endpoints_have_come_again(wire: Wire) -> None:
    wire.publish(update(2, {CLUSTER: [cluster("a", "2")]}))
    cluster_response, endpoints_response = wire.downstream
    wire.downstream = []
    acknowledge(wire, cluster_response)
    wire.publish(update(3, {ROUTES: [routes("r", "a", version="3")]}))
    assert wire.downstream == []

    acknowledge(wire, endpoints_response)
    assert [response.type for response in wire.downstream] == [ROUTES]


def test_a_proxy_that_is_gone_is_expected_no_more(wire: Wire) -> None:
    wire.publish(Update(2, proxies={wire.proxy: None}))
    assert [(status.known, status.connected) for status in wire.hub.status()] == [(False, True)]

    wire.disconnect()
    assert wire.hub.status() == []


def test_an_update_answers_for_every_revision_since_the_one_before(wire: Wire) -> None:
    wire.publish(update(9, {ROUTES: [routes("r", "a", version="9")]}))

    assert wire.hub.progress(4, 5).pending == (wire.proxy,)
    assert not wire.hub.arrived(4, 5)
    wire.settle()
    assert wire.hub.arrived(4, 5)
