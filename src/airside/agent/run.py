"""One pod's life on this machine: plans, performs, watches; tells the API.

Whatever happens (a process ends, a probe changes its mind, the API says something) changes `observed` or `desired` and wakes the loop,
which plans again. Cancelling leaves the processes alone: an agent's end is not a pod's end.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from airside.agent.adoption import adopt
from airside.agent.client import PodApi
from airside.agent.container.run import Attendant, Run
from airside.agent.places import Places
from airside.agent.process import Yard
from airside.agent.report.run import Answers, Reporter
from airside.agent.watch import Admin, Prober, Target
from airside.client.errors import ClientError
from airside.installation.records import ContainerRecord, ProcessRecord
from airside.model.names import Role as ProxyRole
from airside.model.workload import role_of
from airside.resources.pod import Pod
from airside.runtime.bootstrap import build_bootstrap
from airside.runtime.command import Command, Surroundings, build_command, explain_launch, proxy_paths
from airside.runtime.environment import Sources, Unready, referred
from airside.runtime.listening import explain_exit
from airside.runtime.news import News
from airside.runtime.plan import Action, Assign, Drain, Kill, Publish, Remove, Start, Terminate, plan
from airside.runtime.record import PodRecord
from airside.runtime.sandbox import Desired, Observed, Role, Running, Seen, Trouble, Wanted
from airside.runtime.unsupported import unsupported
from airside.runtime.volumes import plan_volumes

LOG = logging.getLogger("airside.agent")


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all pods of this machine share."""

    api: PodApi
    around: Surroundings
    places: Places
    prober: Prober


class PodRunner:
    """Runs one pod until it is removed."""

    def __init__(self, raw: Mapping[str, object], shop: Workshop) -> None:
        self._raw, self._shop = raw, shop
        pod = Pod.of(raw)
        self.uid, self.name = pod.metadata.uid, f"{pod.metadata.namespace}/{pod.metadata.name}"
        self._desired, self._observed = Desired.of(pod), Observed()
        self._yard = Yard(shop.around.home, self.uid)
        self._reporter = Reporter(shop.api, raw, self._desired, Answers(self._found_published, self._found_gone))
        self._attendant = Attendant(self._yard, self, shop.prober)
        self._wake = asyncio.Event()
        self._gone = False
        self._saved: PodRecord | None = None

    def update(self, raw: Mapping[str, object]) -> None:
        """The API has a newer version of the pod."""
        if raw != self._raw:
            self._raw = raw
            self._desired = Desired.of(Pod.of(raw))
            self._wake.set()

    def forsake(self) -> None:
        """The API has no such pod any more: end it now."""
        self._gone = True
        self._desired = replace(self._desired, leaving=True, grace=timedelta(0))
        self._wake.set()

    async def run(self, record: PodRecord | None = None) -> None:
        """Returns when nothing of the pod is left. `record`: what an earlier agent left."""
        async with asyncio.TaskGroup() as group:
            reporting = group.create_task(self._reporter.run())
            if record is not None:
                self._take_over(record, group)
            await self._live(group)
            reporting.cancel()
        self._shop.places.take_back(self.uid)
        self._yard.clear()

    def _take_over(self, record: PodRecord, group: asyncio.TaskGroup) -> None:
        self._saved = record
        adopted = adopt(self._desired, record, self._yard, self._shop.places, datetime.now(UTC))
        self._observed = adopted.observed
        if self._observed.place is not None:
            self._shop.places.keep(self.uid, self._observed.place)
        for wanted in self._desired.containers:
            container = adopted.running.get(wanted.name)
            if container is not None:
                group.create_task(self._attendant.attend(self._resume(wanted, container)))

    def _resume(self, wanted: Wanted, record: ContainerRecord) -> Run:
        place = self._observed.place
        assert place is not None
        target = Target(wanted.spec, place, self._shop.around.network, record.env, record.cwd)
        since = datetime.fromtimestamp(record.since, UTC)
        return Run(wanted, record.process, since, target, self._given(wanted), self._is_gateway)

    def _given(self, wanted: Wanted) -> tuple[int, ...]:
        """The ports a container was told to listen on."""
        ports = self._observed.place.ports if self._observed.place is not None else {}
        return tuple(ports[port.container_port] for port in wanted.spec.ports if port.container_port in ports)

    def trim_logs(self) -> None:
        self._yard.trim_logs()

    @property
    def _is_gateway(self) -> bool:
        return role_of(self._desired.pod) is ProxyRole.GATEWAY

    async def _live(self, group: asyncio.TaskGroup) -> None:
        while not self._observed.removed:
            self._wake.clear()
            wanted = plan(self._desired, self._observed, datetime.now(UTC))
            if self._desired.leaving and wanted.actions == (Remove(),):
                if self._gone:
                    return
                self._reporter.remove()
                await self._wait(None)
                continue
            for action in wanted.actions:
                await self._perform(action, group)
            self._show()
            if not wanted.actions or wanted.actions == (Publish(),):
                await self._wait(wanted.again)

    async def _wait(self, until: datetime | None) -> None:
        """Until something happens or the moment has come."""
        timeout = None if until is None else max((until - datetime.now(UTC)).total_seconds(), 0)
        try:
            async with asyncio.timeout(timeout):
                await self._wake.wait()
        except TimeoutError:
            return

    def _show(self) -> None:
        self._reporter.show(self._desired, self._observed)
        place = self._observed.place
        if place is None:
            return
        states = {name: seen.state for name, seen in self._observed.containers.items()}
        ready = tuple(sorted(name for name, state in states.items() if isinstance(state, Running) and state.ready))
        record = PodRecord.of(self._raw, place, ready)
        if record != self._saved:
            try:
                self._yard.save(record)
                self._saved = record
            except OSError as error:  # a full disk: the pod runs on, and the next change is a new attempt
                LOG.warning("pod %s: its record was not written: %s", self.name, error)

    async def _perform(self, action: Action, group: asyncio.TaskGroup) -> None:
        match action:
            case Assign():
                self._assign()
            case Publish():
                pass  # `_show` has the reporter do it, as often as it takes
            case Start(name):
                await self._start(self._wanted(name), group)
            case Terminate(name):
                self._stop(name, signal.SIGTERM)
            case Kill(name):
                self._stop(name, signal.SIGKILL)
            case Drain():
                await self._drain()
            case Remove():
                self._observed = replace(self._observed, removed=True)

    def _wanted(self, name: str) -> Wanted:
        return next(wanted for wanted in self._desired.containers if wanted.name == name)

    def _assign(self) -> None:
        try:
            self._yard.prepare()
            place = self._shop.places.give(self.uid, self._shop.around.network.wanted_ports(self._desired.pod))
        except (LookupError, OSError) as error:
            self._observed = replace(self._observed, trouble=Trouble("NoPlace", str(error), datetime.now(UTC)))
            self.tell(News("NoPlace", str(error), "Warning"))
            return
        for message in (*unsupported(self._desired.pod), *self._shop.around.network.unsupported(self._desired.pod)):
            self.tell(News("Unsupported", message, "Warning"))
        self._observed = replace(self._observed, place=place, trouble=None)

    async def _start(self, wanted: Wanted, group: asyncio.TaskGroup) -> None:
        seen = self._observed.seen(wanted.name)
        now = datetime.now(UTC)
        try:
            command = await self._prepare(wanted)
        except Unready as error:
            self._refuse(wanted, seen, error.reason, error.message)
            return
        except ClientError as error:
            self._refuse(wanted, seen, "CreateContainerConfigError", str(error))
            return
        running = Running(now, "", started=wanted.spec.startup_probe is None)
        after = seen.started(running)
        try:
            started = self._yard.launch(wanted.name, command, now.timestamp(), after.restarts)
        except OSError as error:
            self._refuse(wanted, seen, *explain_launch(error, command))
            return
        self._see(wanted.name, replace(after, state=replace(running, process=_process_id(started))))
        self.tell(News("Started", f"Started container {wanted.name}", container=wanted.name))
        place = self._observed.place
        assert place is not None
        target = Target(wanted.spec, place, self._shop.around.network, command.env, str(command.cwd))
        group.create_task(self._attendant.attend(Run(wanted, started, now, target, command.given, self._is_gateway)))

    async def _prepare(self, wanted: Wanted) -> Command:
        """What to run, with everything it needs in place. Raises Unready, ClientError."""
        pod, place, around = self._desired.pod, self._observed.place, self._shop.around
        assert place is not None
        sources = Sources()
        if wanted.role is Role.PROXY:
            role = ProxyRole.GATEWAY if self._is_gateway else ProxyRole.SIDECAR
            self._yard.write_bootstrap(build_bootstrap(pod, role, place.ip, proxy_paths(around.home, pod)))
        else:
            maps, secrets = referred(pod)
            if maps or secrets:
                sources = await self._shop.api.sources(pod.metadata.namespace, maps, secrets)
            self._yard.fill(plan_volumes(pod, sources, around.home))
        return build_command(pod, wanted, place, sources, around)

    def _refuse(self, wanted: Wanted, seen: Seen, reason: str, message: str) -> None:
        self._see(wanted.name, seen.refused(reason, message, datetime.now(UTC)))
        self.tell(News("Failed", f"Error: {message}", "Warning", wanted.name))

    def _stop(self, name: str, number: signal.Signals) -> None:
        seen = self._observed.seen(name)
        state = seen.state
        if isinstance(state, Running):
            if state.stopping is None:
                self.tell(News("Killing", f"Stopping container {name}", container=name))
            stopping = state.stopping or datetime.now(UTC)
            self._see(name, replace(seen, state=replace(state, stopping=stopping, killed=number is signal.SIGKILL)))
        self._yard.signal(name, number)

    async def _drain(self) -> None:
        self._observed = replace(self._observed, draining=datetime.now(UTC))
        admin = Admin(self._yard.paths.admin_socket)
        try:
            await admin.drain(inbound_only=not self._is_gateway)
        finally:
            await admin.close()

    # What the attendant and the reporter find out.

    def _see(self, name: str, seen: Seen) -> None:
        self._observed = self._observed.with_container(name, seen)
        self._wake.set()

    def _change(self, name: str, **changes: object) -> None:
        seen = self._observed.seen(name)
        if isinstance(seen.state, Running):
            self._see(name, replace(seen, state=replace(seen.state, **changes)))  # type: ignore[arg-type]  # fields of Running

    def found_ready(self, name: str, ready: bool) -> None:
        self._change(name, ready=ready)

    def found_started(self, name: str) -> None:
        self._change(name, started=True)

    def found_sick(self, name: str) -> None:
        self._change(name, sick=True, ready=False)

    def found_complaint(self, name: str, complaint: tuple[str, str] | None) -> None:
        state = self._observed.seen(name).state
        if isinstance(state, Running) and state.complaint != complaint:
            self._change(name, complaint=complaint)

    def found_ended(self, name: str, code: int) -> None:
        seen = self._observed.seen(name)
        if not isinstance(seen.state, Running):
            return
        now = datetime.now(UTC)
        words = self._yard.last_words(name) if code else ""
        ports = [port.container_port for port in self._wanted(name).spec.ports]
        finding = explain_exit(name, self._given(self._wanted(name)), ports, words)
        if finding is not None:
            self.tell(News(finding.reason, finding.message, "Warning", name))
        after = seen.ended(code, now, words, finding.message if finding is not None else "")
        self._yard.note_exit(name, code, now.timestamp())
        if after.backoff.until is not None and not self._desired.leaving:
            message = f"Back-off restarting failed container {name} in pod {self._desired.pod.metadata.name}"
            self.tell(News("BackOff", message, "Warning", name))
        self._see(name, after)

    def tell(self, news: News) -> None:
        self._reporter.tell(news)

    def _found_published(self) -> None:
        self._observed = replace(self._observed, published=True)
        self._wake.set()

    def _found_gone(self) -> None:
        self.forsake()


def _process_id(started: ProcessRecord) -> str:
    return f"process://{started.pid}-{started.start}"
