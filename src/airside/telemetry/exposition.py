"""Prometheus' text format as Envoy writes it: lines in, samples out.

Envoy puts `envoy_` before every name, also before Istio's; Istio's own metrics lose it here, so that queries written for
Istio's Prometheus work. What Envoy could not fill in (`-` or nothing) is `unknown`, as Istio's filter says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from airside.telemetry.sample import Sample, Series, sort_labels

_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?')
_ESCAPE = re.compile(r"\\(.)")
_CUMULATIVE = frozenset({"counter", "histogram"})
_OWN_DASH = frozenset({"response_flags"})  # "-" is a value of this one: no flag


@dataclass(frozen=True, slots=True)
class Scrape:
    """The samples of one scrape, and the lines that are none: a peer's fault, to be shown."""

    samples: tuple[Sample, ...]
    malformed: tuple[str, ...] = ()


class Exposition:
    """Reads one target's scrapes. A line seen in the scrape before costs one look-up instead of parsing twenty labels."""

    def __init__(self, target: Mapping[str, str]) -> None:
        """`target`: labels that every series of this target gets, such as `pod`."""
        self._target = dict(target)
        self._known: dict[str, Series | None] = {}

    def parse(self, text: str) -> Scrape:
        samples: list[Sample] = []
        malformed: list[str] = []
        known: dict[str, Series | None] = {}
        cumulative = False
        for line in text.splitlines():
            if line.startswith("#"):
                words = line.split()
                if words[1:2] == ["TYPE"]:
                    cumulative = words[-1] in _CUMULATIVE
                continue
            head, _, number = line.rpartition(" ")  # Envoy writes no timestamps
            series = known[head] = self._known[head] if head in self._known else self._parse_series(head)
            value = _parse_number(number)
            if series is not None and value is not None:
                samples.append(Sample(series, value, cumulative))
            elif line.strip():
                malformed.append(line)
        self._known = known
        return Scrape(tuple(samples), tuple(malformed))

    def _parse_series(self, head: str) -> Series | None:
        line = _LINE.fullmatch(head)
        if line is None:
            return None
        name, inside = line.group(1), line.group(2) or ""
        labels: dict[str, str] = {}
        end = 0
        for label in _LABEL.finditer(inside):
            if label.start() != end:
                return None
            labels[label.group(1)] = _ESCAPE.sub(_unescape, label.group(2))
            end = label.end()
        if end != len(inside):
            return None
        if name.startswith("envoy_istio_"):
            name = name.removeprefix("envoy_")
            labels = {key: value if value not in ("", "-") or key in _OWN_DASH else "unknown" for key, value in labels.items()}
        return Series(name, sort_labels(labels | self._target))


def _unescape(escape: re.Match[str]) -> str:
    return "\n" if escape.group(1) == "n" else escape.group(1)


def _parse_number(text: str) -> float | None:
    try:
        return float(text)  # takes NaN, +Inf and -Inf as Prometheus writes them
    except ValueError:
        return None
