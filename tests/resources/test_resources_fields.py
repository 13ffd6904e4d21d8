"""Single fields: durations, quantities, times, and what is no number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from airside.resources.fields import AnyDuration, Duration, IntOrString, Part, Quantity, Time, format_duration, format_time, parse_duration
from airside.resources.quantity import canonical_quantity, is_quantity, parse_quantity


class Sample(Part):
    duration: Duration | None = None
    any_duration: AnyDuration | None = None
    either: IntOrString | None = None
    quantity: Quantity | None = None
    time: Time | None = None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5),
        ("100ms", 0.1),
        ("1m30s", 90),
        ("1.5h", 5400),
        ("-2s", -2),
        ("0", 0),
        (".5s", 0.5),
        ("15us", 0.000015),
        ("1h0m0.25s", 3600.25),
    ],
)
def test_a_duration_reads_as_in_go(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "5sec", "1d", "five", "5s ", "٥s", "1e3s", "9" * 400 + "h", "--1s"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3000)))
def test_a_duration_comes_back_from_its_text(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize("text", ["0s", "-1s", "500us", "1.0005s"])
def test_most_durations_are_whole_milliseconds_above_zero(text: str) -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"duration": text})


def test_some_durations_may_be_zero() -> None:
    assert Sample.model_validate({"anyDuration": "0s"}).any_duration == timedelta(0)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        ("1.5Gi", "1536Mi"),
        ("1024Mi", "1Gi"),
        ("1e3", "1e3"),
        ("1000", "1k"),
        ("128974848", "128974848"),
        ("0", "0"),
        ("512Ki", "512Ki"),
        ("0.5Ki", "512"),
        ("-1", "-1"),
        ("1.0001", "1000100u"),
        ("1n", "1n"),
        ("0.1n", "1n"),
        ("2E", "2E"),
        ("1e30", "9223372036854775807"),
    ],
)
def test_a_quantity_has_one_form(text: str, canonical: str) -> None:
    assert canonical_quantity(text) == canonical


def test_a_pods_resources_are_kept_in_milli() -> None:
    assert canonical_quantity("1.0001", finest=-3) == "1001m"


@pytest.mark.parametrize("text", ["", "m", "1 Gi", "1gi", "1KiB", "ten", "1e999", "9" * 70, "0x10", "1e"])
def test_anything_else_is_no_quantity(text: str) -> None:
    assert not is_quantity(text)
    with pytest.raises(ValueError, match="quantity"):
        parse_quantity(text)


@given(st.decimals(min_value=0, max_value=10**15, places=3), st.sampled_from(["", "m", "k", "Mi", "Gi", "e3"]))
def test_the_canonical_quantity_is_never_less_and_stays_as_it_is(number: Decimal, suffix: str) -> None:
    text = f"{number:f}{suffix}"
    canonical = canonical_quantity(text)

    assert 0 <= parse_quantity(canonical) - parse_quantity(text) < Decimal("1e-9")
    assert canonical_quantity(canonical) == canonical


@pytest.mark.parametrize("value", [True, 1.5, None.__class__, [1], 2**31])
def test_an_int_or_string_is_neither_a_boolean_nor_a_fraction(value: object) -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"either": value})


@pytest.mark.parametrize("value", ["2020-02-25", "now", 5, "2020-02-25T14:35:38"])
def test_a_time_has_day_hour_and_zone(value: object) -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"time": value})


def test_a_time_comes_back_as_kubernetes_writes_it() -> None:
    moment = Sample.model_validate({"time": "2020-02-25T14:35:38Z"}).time

    assert moment == datetime(2020, 2, 25, 14, 35, 38, tzinfo=UTC)
    assert format_time(moment) == "2020-02-25T14:35:38Z"


def test_parts_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Sample().either = 1  # type: ignore[misc]  # what must not be possible
