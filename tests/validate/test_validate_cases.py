"""Every rule by the cases of `cases/*.yaml`: readable, and complete by the catalogue."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from airside.resources.kinds import KINDS
from airside.validate.accept import Accepted, Rejected, accept
from airside.validate.catalogue import CATALOGUE

_CASES = Path(__file__).parent / "cases"
_ELSEWHERE = {"AIR2"}  # between objects: test_validate_across.py


def _load() -> list[Any]:
    rows = []
    for path in sorted(_CASES.glob("*.yaml")):
        table = yaml.safe_load(path.read_text())
        for case in table["cases"]:
            raw = _object(table["kind"], table.get("good"), case)
            rows.append(pytest.param(raw, case["says"], id=f"{path.stem}: {case['case']}"))
    return rows


def _object(kind: str, good: dict[str, Any] | None, case: dict[str, Any]) -> dict[str, Any]:
    api_version = next(found.api_version for found in KINDS if found.kind == kind)
    metadata = {"name": "a"} if kind == "Namespace" else {"name": "a", "namespace": "default"}
    raw: dict[str, Any] = {"apiVersion": api_version, "kind": kind, "metadata": metadata}
    if good is not None:
        raw["spec"] = spec = copy.deepcopy(good) | case.get("set", {})
        if "http" in case:
            spec["http"][0] |= case["http"]
        if "policy" in case:
            spec["trafficPolicy"] = case["policy"]
        if "server" in case:
            spec["servers"][0] |= case["server"]
        if "pod" in case:
            spec["template"]["spec"] |= case["pod"]
        if "container" in case:
            spec["template"]["spec"]["containers"][0] |= case["container"]
    return _grown(raw | case.get("top", {}))


def _grown(value: Any) -> Any:
    """`{repeat: n}` stands for a text of n letters."""
    if isinstance(value, dict):
        if value.keys() == {"repeat"}:
            return "x" * value["repeat"]
        return {key: _grown(item) for key, item in value.items()}
    return [_grown(item) for item in value] if isinstance(value, list) else value


CASES = _load()


@pytest.mark.parametrize(("raw", "says"), CASES)
def test_each_rule_names_its_field(raw: dict[str, Any], says: list[str]) -> None:
    before = copy.deepcopy(raw)

    verdict = accept(raw, knows_image=lambda image: not image.startswith("unknown"))

    problems = verdict.problems if isinstance(verdict, Rejected) else verdict.warnings
    assert sorted(f"{problem.code} {problem.field}" for problem in problems) == sorted(says)
    assert isinstance(verdict, Accepted) == all(CATALOGUE[entry.split()[0]].severity.value == "warning" for entry in says)
    assert all(problem.message and problem.object.startswith(raw["kind"]) for problem in problems)
    assert raw == before


def test_every_rule_within_an_object_has_a_case() -> None:
    tested = {entry.split()[0] for case in CASES for entry in case.values[1]}

    assert {code for code in CATALOGUE if code.startswith("AIR1")} - tested == set()
