"""What to do next for a pod: `plan(desired, observed, now)`.

Up: an address, made known before anything runs (the control plane needs it to configure the sidecar); the sidecar until it is ready; the
init containers one after another; the apps. Down: the sidecar sends callers away, the apps are asked to end and, when the grace is over,
made to; the sidecar last; then the pod is removed. Doing the actions and planning again gives nothing, until something happens or `again`
has come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from airside.runtime.sandbox import Absent, Desired, Exited, Observed, Refused, Role, Running, Wanted

LAME_DUCK = timedelta(milliseconds=300)
"""Between the sidecar's draining and the apps' SIGTERM: within it, the other sidecars hear that the endpoint is gone."""
RETRY = timedelta(seconds=5)
"""Between attempts to place a pod for which there was no room."""
PROXY_GRACE = timedelta(seconds=5)
"""How long a sidecar may take to end, and how long a gateway goes on serving the calls it has."""


@dataclass(frozen=True, slots=True)
class Assign:
    """Give the pod an address and its apps ports."""


@dataclass(frozen=True, slots=True)
class Publish:
    """Make the address known, and wait until it is."""


@dataclass(frozen=True, slots=True)
class Start:
    name: str


@dataclass(frozen=True, slots=True)
class Terminate:
    """Ask the container to end (SIGTERM)."""

    name: str


@dataclass(frozen=True, slots=True)
class Kill:
    """End the container (SIGKILL)."""

    name: str


@dataclass(frozen=True, slots=True)
class Drain:
    """Have the sidecar send callers away; calls of the app still go out."""


@dataclass(frozen=True, slots=True)
class Remove:
    """Nothing runs any more: give back what the pod held and take it out of the API."""


Action = Assign | Publish | Start | Terminate | Kill | Drain | Remove


@dataclass(frozen=True, slots=True)
class Plan:
    """Actions to do now, in order; and when to plan again if nothing happens before."""

    actions: tuple[Action, ...] = ()
    again: datetime | None = None


def plan(desired: Desired, observed: Observed, now: datetime) -> Plan:
    if desired.leaving:
        return _leave(desired, observed, now)
    if observed.place is None:
        due = observed.trouble.since + RETRY if observed.trouble is not None else now
        return Plan(again=due) if now < due else Plan((Assign(),))
    if not observed.published:
        return Plan((Publish(),))
    return _merge(_stage(desired, observed, now))


def _merge(plans: Iterable[Plan]) -> Plan:
    plans = list(plans)
    moments = [each.again for each in plans if each.again is not None]
    return Plan(tuple(action for each in plans for action in each.actions), min(moments, default=None))


def _stage(desired: Desired, observed: Observed, now: datetime) -> Iterable[Plan]:
    """The containers whose turn it is."""
    apps = [wanted for wanted in desired.containers if wanted.role is Role.APP]
    done = bool(apps) and all(_is_done(desired, observed, wanted) for wanted in apps)
    for wanted in desired.containers:
        if wanted.role is Role.PROXY and done:
            yield _stop(observed, wanted, PROXY_GRACE, now)
            continue
        yield _keep(desired, observed, wanted, now)
        if wanted.role is Role.PROXY and not _has_been_ready(observed, wanted, apps):
            return
        if wanted.role is Role.INIT and not _is_done(desired, observed, wanted):
            return


def _has_been_ready(observed: Observed, proxy: Wanted, apps: Iterable[Wanted]) -> bool:
    """Apps wait for the sidecar's first readiness only; later they outlive its restarts."""
    state = observed.seen(proxy.name).state
    ready = isinstance(state, Running) and state.ready
    return ready or any(not isinstance(observed.seen(app.name).state, Absent) for app in apps)


def _is_done(desired: Desired, observed: Observed, wanted: Wanted) -> bool:
    state = observed.seen(wanted.name).state
    return isinstance(state, Exited) and not desired.restarts(wanted, state.code)


def _keep(desired: Desired, observed: Observed, wanted: Wanted, now: datetime) -> Plan:
    """One container up."""
    seen = observed.seen(wanted.name)
    match seen.state:
        case Absent():
            return Plan((Start(wanted.name),))
        case Running(sick=True):
            return _stop(observed, wanted, desired.grace, now)
        case Running(stopping=None):
            return Plan()
        case Running():
            return _stop(observed, wanted, desired.grace, now)
        case Exited(code=code) if not desired.restarts(wanted, code):
            return Plan()
        case Exited() | Refused():
            return Plan(again=seen.backoff.until) if seen.backoff.holds(now) else Plan((Start(wanted.name),))


def _stop(observed: Observed, wanted: Wanted, grace: timedelta, now: datetime) -> Plan:
    """One container down."""
    state = observed.seen(wanted.name).state
    if not isinstance(state, Running) or state.killed:
        return Plan()
    if state.stopping is None:
        return Plan((Terminate(wanted.name),)) if grace else Plan((Kill(wanted.name),))
    due = state.stopping + grace
    return Plan((Kill(wanted.name),)) if now >= due else Plan(again=due)


def _leave(desired: Desired, observed: Observed, now: datetime) -> Plan:
    if observed.removed:
        return Plan()
    proxies = [wanted for wanted in desired.containers if wanted.role is Role.PROXY]
    others = [wanted for wanted in desired.containers if wanted.role is not Role.PROXY]
    apps_run = any(_runs(observed, wanted) for wanted in others)
    if apps_run and any(_runs(observed, wanted) for wanted in proxies) and desired.grace:
        if observed.draining is None:
            return Plan((Drain(),))
        if now < observed.draining + LAME_DUCK:
            return Plan(again=observed.draining + LAME_DUCK)
    if apps_run:
        return _merge(_stop(observed, wanted, desired.grace, now) for wanted in others)
    if not others and desired.grace and any(_runs(observed, wanted) for wanted in proxies):
        return _leave_gateway(desired, observed, proxies, now)
    if any(_runs(observed, wanted) for wanted in proxies):
        return _merge(_stop(observed, wanted, min(PROXY_GRACE, desired.grace), now) for wanted in proxies)
    return Plan((Remove(),))


def _leave_gateway(desired: Desired, observed: Observed, proxies: Iterable[Wanted], now: datetime) -> Plan:
    """A proxy with nobody behind it: its calls are its own, so it gets the time to finish them."""
    if observed.draining is None:
        return Plan((Drain(),))
    due = observed.draining + min(PROXY_GRACE, desired.grace)
    if now < due:
        return Plan(again=due)
    return _merge(_stop(observed, wanted, PROXY_GRACE, now) for wanted in proxies)


def _runs(observed: Observed, wanted: Wanted) -> bool:
    return isinstance(observed.seen(wanted.name).state, Running)
