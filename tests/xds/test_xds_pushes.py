"""Which changes have arrived where, and what is remembered of old ones."""

from __future__ import annotations

from airside.xds.pushes import REMEMBERED, Pushes
from airside.xds.resource import ProxyId

A, B = ProxyId("a"), ProxyId("b")


def test_a_push_is_pending_until_every_connected_proxy_has_it() -> None:
    pushes = Pushes()
    pushes.begin((5, 5), frozenset({A, B}), frozenset(), now=1.0)

    assert pushes.settle(A, lambda revision: False, now=2.0)
    assert pushes.progress(4, 5).pending == (B,)
    assert not pushes.settle(B, lambda revision: revision <= 5, now=3.0)
    assert pushes.settle(B, lambda revision: False, now=4.0)
    progress = pushes.progress(4, 5)
    assert (progress.touched, progress.pending, progress.seconds) == ((A, B), (), 3.0)


def test_a_proxy_that_leaves_is_not_waited_for_but_told_of() -> None:
    pushes = Pushes()
    pushes.begin((5, 5), frozenset({A}), frozenset({B}), now=1.0)
    pushes.leave(A, now=2.0)

    progress = pushes.progress(4, 5)
    assert (progress.pending, progress.absent) == ((), (A, B))


def test_only_pushes_of_the_span_count() -> None:
    pushes = Pushes()
    pushes.begin((5, 5), frozenset({A}), frozenset(), now=1.0)
    pushes.begin((6, 6), frozenset({B}), frozenset(), now=1.0)

    assert pushes.progress(5, 6).pending == (B,)
    assert pushes.progress(4, 5).pending == (A,)
    assert pushes.progress(6, 9).touched == ()


def test_a_push_brings_every_revision_that_was_merged_into_it() -> None:
    pushes = Pushes()
    pushes.begin((3, 9), frozenset({A}), frozenset(), now=1.0)

    assert pushes.progress(4, 5).pending == (A,)
    assert pushes.progress(1, 2).pending == ()
    assert pushes.progress(9, 10).pending == ()


def test_a_push_that_touches_nobody_leaves_no_trace() -> None:
    pushes = Pushes()
    pushes.begin((5, 5), frozenset(), frozenset(), now=1.0)

    assert pushes.log == []


def test_old_pushes_fold_together_and_stay_pending() -> None:
    pushes = Pushes()
    pushes.begin((1, 1), frozenset({A}), frozenset(), now=0.0)
    for revision in range(2, 3 * REMEMBERED):
        pushes.begin((revision, revision), frozenset({B}), frozenset(), now=0.0)
        pushes.settle(B, lambda revision: False, now=0.0)

    assert len(pushes.log) == REMEMBERED
    assert pushes.progress(0, 1).pending == (A,)
    pushes.settle(A, lambda revision: False, now=9.0)
    assert pushes.progress(0, 10**6).pending == ()
    assert pushes.open == []
