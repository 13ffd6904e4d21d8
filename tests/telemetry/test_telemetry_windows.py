"""Figures are kept for a while, in bounded memory, and know when a series began and ended."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from airside.telemetry.sample import Sample, Series
from airside.telemetry.windows import Points, Windows

HITS, OTHER = Series("hits", ()), Series("other", ())
LOOKBACK = timedelta(minutes=5)


def count(value: float, series: Series = HITS) -> list[Sample]:
    return [Sample(series, value, cumulative=True)]


def points(windows: Windows, series: Series = HITS) -> Points:
    return next(found for known, found in windows.select(series.name, lambda _: True) if known == series)


def test_a_counter_new_in_a_later_scrape_began_at_zero() -> None:
    windows = Windows()
    windows.record("a", 10, [])
    windows.record("a", 15, count(7))

    assert points(windows).between(0, 20) == [(10, 0), (15, 7)]
    assert points(windows).increase(0, 20) == 7


def test_what_the_first_scrape_of_a_target_finds_is_not_growth() -> None:
    windows = Windows()
    windows.record("a", 10, count(1000))
    windows.record("a", 15, count(1003))

    assert points(windows).increase(0, 20) == 3


def test_a_gauge_is_given_no_zero() -> None:
    windows = Windows()
    windows.record("a", 10, [])
    windows.record("a", 15, [Sample(HITS, 7, cumulative=False)])

    assert points(windows).between(0, 20) == [(15, 7)]


def test_growth_goes_on_over_a_restart() -> None:
    windows = Windows()
    for at, value in [(10, 100), (15, 110), (20, 4), (25, 9)]:
        windows.record("a", at, count(value))

    assert points(windows).increase(0, 30) == 10 + 4 + 5


def test_growth_is_counted_from_the_last_value_before_the_window() -> None:
    windows = Windows()
    for at, value in [(10, 1), (20, 3), (30, 9)]:
        windows.record("a", at, count(value))

    assert points(windows).increase(25, 30) == 6
    assert points(windows).increase(20, 30) == 6
    assert points(windows).increase(30, 40) == 0


def test_a_series_that_is_no_longer_told_has_ended() -> None:
    windows = Windows()
    windows.record("a", 10, count(5))
    windows.record("a", 15, [])

    assert points(windows).latest(12, LOOKBACK) == 5
    assert points(windows).latest(15, LOOKBACK) is None


def test_a_target_that_is_gone_ends_its_series_and_no_others() -> None:
    windows = Windows()
    windows.record("a", 10, count(5))
    windows.record("b", 10, count(6, OTHER))
    windows.end("a", 15)
    windows.end("never known", 15)

    assert points(windows).latest(16, LOOKBACK) is None
    assert points(windows, OTHER).latest(16, LOOKBACK) == 6
    assert windows.targets() == {"b"}


def test_a_series_that_ended_and_came_again_counts_both_lives() -> None:
    windows = Windows()
    windows.record("a", 10, count(5))
    windows.record("a", 15, [])
    windows.record("a", 20, count(2))

    assert points(windows).increase(9, 20) == 2
    assert points(windows).latest(20, LOOKBACK) == 2


def test_a_value_older_than_the_lookback_is_not_seen() -> None:
    windows = Windows()
    windows.record("a", 10, count(5))

    assert points(windows).latest(310, LOOKBACK) is None
    assert points(windows).latest(309, LOOKBACK) == 5


def test_what_is_older_than_the_retention_is_forgotten() -> None:
    windows = Windows(retention=timedelta(seconds=60))
    windows.record("a", 10, count(5))
    windows.record("a", 50, [*count(6), *count(1, OTHER)])
    windows.forget(75)

    assert points(windows).between(0, 100) == [(50, 6)]
    windows.forget(200)
    assert list(windows.select(None, lambda _: True)) == []


def test_beyond_the_limit_new_series_are_counted_and_not_taken() -> None:
    windows = Windows(limit=1, retention=timedelta(seconds=60))
    windows.record("a", 10, [*count(5), *count(1, OTHER)])

    assert windows.dropped == 1
    assert list(windows.select("other", lambda _: True)) == []
    windows.forget(200)
    windows.record("a", 210, count(1, OTHER))
    assert points(windows, OTHER).latest(210, LOOKBACK) == 1


@given(st.lists(st.integers(min_value=0, max_value=50), min_size=1, max_size=30), st.sets(st.integers(1, 29)))
def test_growth_is_what_was_added_whenever_the_process_restarts(steps: list[int], restarts: set[int]) -> None:
    windows, value, told = Windows(), 0, []
    windows.record("a", 0, count(0))
    for index, step in enumerate(steps, start=1):
        value = step if index in restarts and step < value else value + step
        told.append(step)
        windows.record("a", index * 5, count(value))

    assert points(windows).increase(0, len(steps) * 5) == sum(told)
