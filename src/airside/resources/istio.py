"""What Istio's kinds share: destinations, string matches, percentages, status."""

from __future__ import annotations

from airside.resources.fields import Float, IntOrString, JsonObject, Part, Uint32
from airside.resources.objects import Condition


class StringMatch(Part):
    """Exactly one is set; none at all means present."""

    exact: str | None = None
    prefix: str | None = None
    regex: str | None = None


class Percent(Part):
    """A share, 0 to 100."""

    value: Float = 0.0


class PortSelector(Part):
    """A port of a service, by number."""

    number: Uint32 = 0


class Destination(Part):
    """Where a call goes: a service, perhaps one of its subsets, perhaps one of its ports."""

    host: str
    subset: str = ""
    port: PortSelector | None = None


class IstioCondition(Condition):
    """Istio writes the generation of a condition as a number in quotes."""

    observed_generation: IntOrString | None = None  # type: ignore[assignment]  # wider than Kubernetes' own, as Istio's schema says


class IstioStatus(Part):
    """What the control plane says of an object."""

    conditions: tuple[IstioCondition, ...] = ()
    validation_messages: tuple[JsonObject, ...] = ()
    observed_generation: IntOrString | None = None
