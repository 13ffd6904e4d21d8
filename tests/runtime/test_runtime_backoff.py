"""Back-off between restarts."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate

from runtime_pods import NOW, after

from airside.runtime.backoff import Backoff


def test_the_first_restart_is_at_once_and_the_next_ones_double_to_five_minutes() -> None:
    backoff, waits = Backoff(), []
    for _ in range(12):
        backoff = backoff.after(timedelta(seconds=1), NOW)
        waits.append(0 if backoff.until is None else (backoff.until - NOW).total_seconds())

    assert waits == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_ten_minutes_of_running_are_forgiveness() -> None:
    tired = list(accumulate(range(6), lambda backoff, _: backoff.after(timedelta(0), NOW), initial=Backoff()))[-1]

    assert tired.after(timedelta(minutes=9), NOW).until is not None
    assert tired.after(timedelta(minutes=10), NOW).until is None


def test_it_holds_until_its_moment() -> None:
    backoff = Backoff(until=after(4))

    assert backoff.holds(after(3.9))
    assert not backoff.holds(after(4))
    assert not Backoff().holds(NOW)
