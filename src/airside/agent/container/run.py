"""Attends one run of a container: probes it as long as it runs, and says when it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from airside.agent.process import Yard
from airside.agent.watch import Admin, Prober, Target
from airside.installation.records import ProcessRecord
from airside.installation.watch import listening
from airside.resources.pod import Probe
from airside.runtime.listening import judge_listeners, judge_silence
from airside.runtime.news import News
from airside.runtime.probes import ProbeState, Timing
from airside.runtime.sandbox import Role, Wanted

PROXY_PAUSE, PROXY_GROWTH, PROXY_LONGEST = 0.02, 1.3, 0.5  # seconds between looks at a sidecar that is coming up
LISTENING_LOOKS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds after the start at which to look where the app listens: the kernel announces no such thing."""


class Sight(Protocol):
    """Who is told what becomes of a container."""

    def found_ready(self, name: str, ready: bool) -> None: ...
    def found_started(self, name: str) -> None: ...
    def found_sick(self, name: str) -> None: ...
    def found_complaint(self, name: str, complaint: tuple[str, str] | None) -> None: ...
    def found_ended(self, name: str, code: int) -> None: ...
    def tell(self, news: News) -> None: ...


@dataclass(frozen=True, slots=True)
class Run:
    """One process of one container, with what is needed to look after it."""

    wanted: Wanted
    started: ProcessRecord
    since: datetime
    target: Target
    given: tuple[int, ...]
    gateway: bool = False

    @property
    def name(self) -> str:
        return self.wanted.name


class Attendant:
    """Attends runs, one after another or at once, on behalf of one pod."""

    def __init__(self, yard: Yard, sight: Sight, prober: Prober) -> None:
        self._yard, self._sight, self._prober = yard, sight, prober

    async def attend(self, run: Run) -> None:
        """Returns when the process has ended and nothing of the container is left."""
        async with asyncio.TaskGroup() as group:
            looks = [group.create_task(look) for look in self._looks(run)]
            code = await self._yard.ended(run.started)
            for look in looks:
                look.cancel()
        self._yard.sweep(run.name)
        self._sight.found_ended(run.name, code)

    def _looks(self, run: Run) -> list[Coroutine[None, None, None]]:
        match run.wanted.role:
            case Role.PROXY:
                return [self._watch_proxy(run)]
            case Role.INIT:
                return []
            case Role.APP:
                return [self._watch_app(run), *([self._watch_listening(run)] if run.given else [])]

    async def _watch_proxy(self, run: Run) -> None:
        admin, pause = Admin(self._yard.paths.admin_socket), PROXY_PAUSE
        try:
            while not await admin.is_ready(run.target.place.ip, sidecar=not run.gateway):
                await asyncio.sleep(pause)
                pause = min(pause * PROXY_GROWTH, PROXY_LONGEST)
        finally:
            await admin.close()
        self._sight.found_ready(run.name, True)

    async def _watch_app(self, run: Run) -> None:
        spec = run.wanted.spec

        def sick(well: bool, what: str) -> None:
            if not well:
                self._sight.tell(News("Killing", f"Container {run.name} failed {what} probe, will be restarted", container=run.name))
                self._sight.found_sick(run.name)

        if spec.startup_probe is not None:
            await self._probe(run, spec.startup_probe, "startup", lambda well: sick(well, "startup"))
        self._sight.found_started(run.name)
        async with asyncio.TaskGroup() as group:
            if spec.readiness_probe is None:
                self._sight.found_ready(run.name, True)
            else:
                group.create_task(self._probe(run, spec.readiness_probe, "readiness", lambda well: self._sight.found_ready(run.name, well)))
            if spec.liveness_probe is not None:
                group.create_task(self._probe(run, spec.liveness_probe, "liveness", lambda well: sick(well, "liveness")))

    async def _probe(self, run: Run, probe: Probe, what: str, verdict: Callable[[bool], None]) -> None:
        """Ask for ever, or, what startup is about, until it is well."""
        state = ProbeState.begin(Timing.of(probe), run.since, eager=what != "liveness")
        while True:
            await _sleep_until(state.due)
            answer = await self._prober.ask(probe, run.target)
            before, state = state, state.answer(answer.well, datetime.now(UTC))
            if not answer.well and state.streak != before.streak:
                self._sight.tell(News("Unhealthy", f"{what.capitalize()} probe failed: {answer.message}", "Warning", run.name))
            if state.verdict is not None and state.verdict != before.verdict:
                verdict(state.verdict)
            if state.verdict and what == "startup":
                return

    async def _watch_listening(self, run: Run) -> None:
        told = None
        for seconds in LISTENING_LOOKS:
            await _sleep_until(run.since + timedelta(seconds=seconds))
            found = listening(self._yard.processes(run.started))
            finding = judge_listeners(run.name, run.given, found)
            if seconds == LISTENING_LOOKS[-1]:
                finding = finding or judge_silence(run.name, run.given, found, seconds)
            if finding != told and finding is not None:
                self._sight.tell(News(finding.reason, finding.message, "Warning", run.name))
            told = finding
            self._sight.found_complaint(run.name, (finding.reason, finding.message) if finding is not None and finding.fatal else None)


async def _sleep_until(moment: datetime) -> None:
    await asyncio.sleep(max((moment - datetime.now(UTC)).total_seconds(), 0))
