"""What each request says, given what was said before."""

from __future__ import annotations

import pytest

from airside.xds.protocol import Acked, Drops, Event, Nacked, Request, Stale, Subscription, Wants
from airside.xds.resource import CLUSTER, ENDPOINTS, TypeUrl


def names(*given: str) -> frozenset[str]:
    return frozenset(given)


FIRST = [
    pytest.param(CLUSTER, Request(CLUSTER), Wants(names(), everything=True), id="naming no cluster asks for all"),
    pytest.param(CLUSTER, Request(CLUSTER, ("*",)), Wants(names(), everything=True), id="a star asks for all"),
    pytest.param(CLUSTER, Request(CLUSTER, ("*", "a")), Wants(names("a"), everything=True), id="a star and a name ask for both"),
    pytest.param(CLUSTER, Request(CLUSTER, ("a",)), Wants(names("a")), id="a name alone is no wildcard"),
    pytest.param(ENDPOINTS, Request(ENDPOINTS), Wants(names()), id="naming no endpoints asks for none"),
    pytest.param(ENDPOINTS, Request(ENDPOINTS, ("*",)), Wants(names(), everything=True), id="a star is good for any type"),
    pytest.param(
        CLUSTER, Request(CLUSTER, known={"a": "1"}), Wants(names(), everything=True, known={"a": "1"}), id="a reconnect brings its versions"
    ),
]


@pytest.mark.parametrize(("type", "request_", "event"), FIRST)
def test_the_first_request_says_what_the_stream_is_about(type: TypeUrl, request_: Request, event: Event) -> None:
    assert Subscription(type).receive(request_) == [event]


def test_a_first_request_cannot_answer_a_response_of_an_earlier_stream() -> None:
    assert Subscription(CLUSTER).receive(Request(CLUSTER, nonce="7")) == [Stale("7"), Wants(names(), everything=True)]


LATER = [
    pytest.param(Request(CLUSTER, nonce="2"), [Acked("2")], id="an open nonce is an ack"),
    pytest.param(Request(CLUSTER, nonce="2", error="no"), [Nacked("2", "no")], id="an error is a nack"),
    pytest.param(Request(CLUSTER, nonce="2", error=""), [Nacked("2", "")], id="an error without words is a nack"),
    pytest.param(Request(CLUSTER, nonce="1"), [Stale("1")], id="a nonce that is not open says nothing"),
    pytest.param(Request(CLUSTER, ("b",), nonce="2"), [Acked("2"), Wants(names("b"))], id="an ack may ask for more"),
    pytest.param(Request(CLUSTER, ("b",), nonce="2", error="no"), [Nacked("2", "no"), Wants(names("b"))], id="a nack may ask for more"),
    pytest.param(Request(CLUSTER, ("b",), nonce="1"), [Stale("1"), Wants(names("b"))], id="a stale nonce may come with a question"),
    pytest.param(Request(CLUSTER, ("a",)), [Wants(names("a"))], id="asking again is asking"),
    pytest.param(Request(CLUSTER, (), ("a",)), [Drops(names("a"))], id="unsubscribing drops"),
    pytest.param(Request(CLUSTER, ("b",), ("a",)), [Drops(names("a")), Wants(names("b"))], id="one may go as another comes"),
    pytest.param(Request(CLUSTER, ("*",)), [Wants(names(), everything=True)], id="a star may come later"),
    pytest.param(Request(CLUSTER, (), ("*",)), [], id="a star that was never there cannot go"),
    pytest.param(Request(CLUSTER), [], id="an empty request says nothing"),
]


@pytest.mark.parametrize(("request_", "events"), LATER)
def test_a_later_request_speaks_of_names_and_open_nonces(request_: Request, events: list[Event]) -> None:
    subscription = Subscription(CLUSTER)
    subscription.receive(Request(CLUSTER, ("a",)))
    subscription.open.append("2")

    assert subscription.receive(request_) == events


WILDCARD = [
    pytest.param(Request(CLUSTER, (), ("a",)), [Wants(names("a"))], True, id="a name let go under a wildcard is still covered"),
    pytest.param(Request(CLUSTER, (), ("*",)), [Drops(names(), everything=True)], False, id="without the star only names remain"),
    pytest.param(Request(CLUSTER, (), ("*", "a")), [Drops(names("a"), everything=True)], False, id="star and name may go together"),
    pytest.param(Request(CLUSTER, ("b",)), [Wants(names("b"))], True, id="a name under a wildcard is asked for by itself"),
]


@pytest.mark.parametrize(("request_", "events", "covers"), WILDCARD)
def test_a_wildcard_covers_every_name_until_it_goes(request_: Request, events: list[Event], covers: bool) -> None:
    subscription = Subscription(CLUSTER)
    subscription.receive(Request(CLUSTER, ("*", "a")))

    assert subscription.receive(request_) == events
    assert subscription.covers("anything") is covers


def test_an_answer_closes_its_response_once() -> None:
    subscription = Subscription(CLUSTER)
    subscription.receive(Request(CLUSTER))
    subscription.open += ["1", "2"]

    assert subscription.receive(Request(CLUSTER, nonce="2")) == [Acked("2")]
    assert subscription.receive(Request(CLUSTER, nonce="2")) == [Stale("2")]
    assert subscription.receive(Request(CLUSTER, nonce="1")) == [Acked("1")]
