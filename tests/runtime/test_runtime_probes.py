"""Probes: thresholds, periods, and the extra questions before the first success."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runtime_pods import NOW, after

from airside.resources.pod import Probe
from airside.runtime.probes import ProbeState, Timing


def timing(**fields: int) -> Timing:
    return Timing.of(Probe(**fields))  # type: ignore[arg-type]


def asked(state: ProbeState, *answers: bool) -> ProbeState:
    """Answers given each at the moment it is due."""
    for well in answers:
        state = state.answer(well, state.due)
    return state


def at_periods(state: ProbeState, *answers: bool) -> ProbeState:
    """Answers given when they count."""
    for well in answers:
        state = state.answer(well, state.counted)
    return state


VERDICTS = [
    pytest.param(timing(), [True], True, id="one success is enough by default"),
    pytest.param(timing(), [False, False], None, id="two failures decide nothing by default"),
    pytest.param(timing(), [False, False, False], False, id="three failures do"),
    pytest.param(timing(failure_threshold=1), [False], False, id="one may be enough"),
    pytest.param(timing(success_threshold=2), [True], None, id="several successes may be asked for"),
    pytest.param(timing(success_threshold=2), [True, False, True], None, id="and they must come in a row"),
    pytest.param(timing(success_threshold=2), [True, True], True, id="then it is well"),
    pytest.param(timing(), [True, False, False, True, False, False], True, id="a success breaks a row of failures"),
    pytest.param(timing(), [True, False, False, False], False, id="a well container can fall ill"),
    pytest.param(timing(), [False, False, False, True], True, id="and get well again"),
]


@pytest.mark.parametrize(("given_timing", "answers", "verdict"), VERDICTS)
def test_the_thresholds_decide(given_timing: Timing, answers: list[bool], verdict: bool | None) -> None:
    assert at_periods(ProbeState.begin(given_timing, NOW, eager=False), *answers).verdict is verdict


def test_the_first_question_waits_for_the_initial_delay() -> None:
    assert ProbeState.begin(timing(initial_delay_seconds=7), NOW, eager=True).due == after(7)


def test_a_liveness_probe_is_asked_at_its_periods_only() -> None:
    state = ProbeState.begin(timing(period_seconds=5), NOW, eager=False)

    assert state.answer(False, NOW).due == after(5)
    assert state.answer(True, NOW).due == after(5)


def test_an_eager_probe_asks_again_soon_and_then_less_often() -> None:
    state = ProbeState.begin(timing(), NOW, eager=True)
    pauses = []
    for _ in range(5):
        answered = state.answer(False, state.due)
        pauses.append(answered.due - state.due)
        state = answered

    assert pauses[0] == timedelta(milliseconds=50)
    assert pauses == sorted(pauses)
    assert len(set(pauses)) == 5


def test_an_eager_failure_counts_once_a_period() -> None:
    state = ProbeState.begin(timing(period_seconds=10, failure_threshold=1), NOW, eager=True)

    state = asked(state, *[False] * 8)

    assert state.due < after(10)
    assert state.verdict is None
    assert state.answer(False, after(10)).verdict is False


def test_after_the_first_success_only_the_periods_count() -> None:
    state = asked(ProbeState.begin(timing(period_seconds=10), NOW, eager=True), False, False, True)

    assert state.verdict is True
    assert state.due == state.counted
    assert state.answer(False, state.due).due - state.due == timedelta(seconds=10)


@given(st.lists(st.booleans(), max_size=40), st.booleans(), st.integers(1, 4), st.integers(1, 4))
def test_a_probe_is_never_asked_in_the_past_nor_less_often_than_its_period(
    answers: list[bool], eager: bool, wins: int, losses: int
) -> None:
    state = ProbeState.begin(timing(success_threshold=wins, failure_threshold=losses), NOW, eager)
    for well in answers:
        after_answer = state.answer(well, state.due)
        assert state.due < after_answer.due <= state.due + timedelta(seconds=10)
        state = after_answer
