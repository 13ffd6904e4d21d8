"""The airport, started once for all tests of this folder; every test begins with the thesis' default rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness import ISTIO, Installation, new_installation


@pytest.fixture(scope="session")
def running_airport() -> Iterator[Installation]:
    with new_installation() as installation:
        installation.airside("demo", "airport", "--detach")
        yield installation


@pytest.fixture
def airport(running_airport: Installation) -> Iterator[Installation]:
    """The airport under its default rules, and put back there afterwards."""
    yield running_airport
    running_airport.airside("scale", "deployment", "cpanel-v2", "image-analysis-deploy", "--replicas=1")
    running_airport.apply(ISTIO / "dest_rule_all.yaml", ISTIO / "virt_svc_all.yaml", ISTIO / "ingress_gateway.yaml")
