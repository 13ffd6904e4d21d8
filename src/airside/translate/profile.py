"""Profiles: what holds where no rule says anything. A value, so that a mesh of today and one of Istio 1.4 differ in nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from airside.resources.destination_rule import SimpleLoadBalancer


@dataclass(frozen=True, slots=True)
class Profile:
    """Defaults of a mesh. `timeout` zero: none. `attempts` zero: no retries. `outbound`: what happens to calls to hosts nobody knows."""

    name: str = "default"
    balancer: SimpleLoadBalancer = "LEAST_REQUEST"
    attempts: int = 2
    retry_on: str = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes"
    timeout: timedelta = timedelta(0)
    connect_timeout: timedelta = timedelta(seconds=10)
    outbound: Literal["ALLOW_ANY", "REGISTRY_ONLY"] = "ALLOW_ANY"


DEFAULT = Profile()
ISTIO_1_4 = Profile(
    name="istio-1.4",
    balancer="ROUND_ROBIN",
    attempts=0,
    retry_on=f"{DEFAULT.retry_on},503",  # for a rule that says how often, but not on what
    timeout=timedelta(seconds=15),
    outbound="REGISTRY_ONLY",
)
PROFILES = {profile.name: profile for profile in (DEFAULT, ISTIO_1_4)}
