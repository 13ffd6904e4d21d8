"""Runs the controllers over the store: watches, finds what a change touches, reconciles, writes.

All works of a round are decided on one state and then written together, each in a transaction of its own, so that they share one commit.
A work whose write met a newer object is looked at again on the newer state. Nothing waits but for the store, or a deadline a work named.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from airside.controllers.accounts import ACCOUNT, reconcile_namespace
from airside.controllers.binding import reconcile_pod
from airside.controllers.deployment import REPLICA_SET, reconcile_deployment
from airside.controllers.endpoints import ENDPOINTS, SLICE, Behind, reconcile_service
from airside.controllers.garbage import reconcile_owned
from airside.controllers.held import Birth, Held, Outcome, part
from airside.controllers.naming import ALPHABET
from airside.controllers.node import Machine, build_node
from airside.controllers.replica_set import POD, reconcile_replica_set
from airside.controllers.touch import Collect, Reconcile, Step, Work, touched
from airside.resources.apps import Deployment, ReplicaSet
from airside.resources.core import Endpoints, Namespace, Service
from airside.resources.discovery import EndpointSlice
from airside.resources.keys import ObjectKey
from airside.resources.kinds import KINDS, Kind, find_kind
from airside.resources.objects import Object
from airside.resources.pod import Pod
from airside.store.changes import Conflict, Exists, Missing, Stored, StoreEvent, Unavailable
from airside.store.run import Store

T = TypeVar("T", bound=Object)
LOG = logging.getLogger("airside.controllers")
RETRY_SECONDS = 1.0  # after the store could not write (disk full)


def random_suffix() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(5))


def birth_now() -> Birth:
    return Birth(datetime.now(UTC), lambda: str(uuid.uuid4()), random_suffix)


class Reader:
    """Typed objects of the store, each parsed once a revision."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._parsed: dict[ObjectKey, Held[Object]] = {}

    def get(self, key: ObjectKey, model: type[T]) -> Held[T] | None:
        stored = self._store.get(key)
        if stored is None:
            self._parsed.pop(key, None)
            return None
        return self._hold(stored, model)

    def list(self, kind: Kind, model: type[T], namespace: str) -> list[Held[T]]:
        return [self._hold(stored, model) for stored in self._store.list(kind.group, kind.kind, namespace)[0]]

    def _hold(self, stored: Stored, model: type[T]) -> Held[T]:
        held = self._parsed.get(stored.key)
        if held is None or held.revision != stored.revision:
            held = Held(model.of(stored.raw), stored.raw, stored.revision)
            self._parsed[stored.key] = held
        value = held.value
        assert isinstance(value, model)
        return Held(value, held.raw, held.revision)


class Controllers:
    """All controllers of the control plane. `run` never returns while the store is open."""

    def __init__(self, store: Store, birth: Callable[[], Birth] = birth_now) -> None:
        self._store, self._birth = store, birth
        self._reader = Reader(store)
        self._owned: dict[str, set[ObjectKey]] = {}  # owner's uid -> what names it
        self._due: dict[Work, float] = {}  # by the loop's clock

    async def run(self) -> None:
        node = build_node(this_machine(), self._birth())
        if self._store.get(node.key) is None:
            await self._store.write([node])
        watch = self._store.watch(self._store.revision)
        works = self._survey()
        while True:
            works = await self._round(works)
            if works:
                continue
            timeout = min(self._due.values()) - asyncio.get_running_loop().time() if self._due else None
            try:
                async with asyncio.timeout(timeout):
                    batch = await watch.batch()
                if not batch:
                    return
            except TimeoutError:
                batch = []
            works = dict.fromkeys([*self._take_due(), *(work for event in batch for work in self._follow(event))])

    def _survey(self) -> dict[Work, None]:
        """At the start everything is looked at: what changed while nobody watched is not known."""
        works: dict[Work, None] = {}
        for kind in KINDS:
            for stored in self._store.list(kind.group, kind.kind)[0]:
                self._index(stored.key, stored.raw, True)
                works[Reconcile(stored.key)] = None
                if part(stored.raw, "metadata").get("ownerReferences"):
                    works[Collect(stored.key)] = None
        return works

    def _take_due(self) -> list[Work]:
        now = asyncio.get_running_loop().time()
        due = [work for work, moment in self._due.items() if moment <= now]
        for work in due:
            del self._due[work]
        return due

    def _follow(self, event: StoreEvent) -> list[Work]:
        stored = event.object
        kind = find_kind(stored.key.group, stored.key.kind)
        if kind is None:
            return []
        self._index(stored.key, stored.raw, event.type != "DELETED")
        current = kind.model.of(stored.raw)
        before = kind.model.of(event.previous.raw) if event.previous is not None else None
        step = Step(before, None if event.type == "DELETED" else current)
        services = [held.value for held in self._list(Service, stored.key.namespace)] if isinstance(current, Pod) else []
        return touched(step, services, self._owned.get(current.metadata.uid, ()))

    def _index(self, key: ObjectKey, raw: object, present: bool) -> None:
        owners = part(raw, "metadata").get("ownerReferences") if isinstance(raw, dict) else None
        for owner in owners if isinstance(owners, list) else ():
            names = self._owned.setdefault(str(owner.get("uid")), set())
            if present:
                names.add(key)
            else:
                names.discard(key)
            if not names:
                del self._owned[str(owner.get("uid"))]

    async def _round(self, works: Iterable[Work]) -> dict[Work, None]:
        """Decide all, write all; the works to look at again at once."""
        decided = [(work, self._decide(work)) for work in works]
        now = asyncio.get_running_loop().time()
        for work, outcome in decided:
            if outcome.again is not None:
                self._due[work] = now + outcome.again.total_seconds()
        again: dict[Work, None] = {}
        async with asyncio.TaskGroup() as group:
            for work, outcome in decided:
                if outcome.changes:
                    group.create_task(self._write(work, outcome, again))
        return again

    async def _write(self, work: Work, outcome: Outcome, again: dict[Work, None]) -> None:
        try:
            await self._store.write(outcome.changes)
        except (Conflict, Exists, Missing):
            again[work] = None
        except Unavailable as error:
            LOG.warning("%s: %s; trying again", work.key, error)
            self._due[work] = asyncio.get_running_loop().time() + RETRY_SECONDS

    def _decide(self, work: Work) -> Outcome:
        match work:
            case Collect(key):
                return self._collect(key)
            case Reconcile(key):
                return self._reconcile(key)

    def _collect(self, key: ObjectKey) -> Outcome:
        kind = find_kind(key.group, key.kind)
        held = self._reader.get(key, kind.model) if kind is not None else None
        if held is None:
            return Outcome()
        living = set()
        for owner in held.value.metadata.owner_references:
            owned_by = find_kind(owner.api_version.rpartition("/")[0], owner.kind)
            if owned_by is None:
                return Outcome()  # an owner of a kind that is not served: nobody can say that it is gone
            namespace = key.namespace if owned_by.namespaced else ""
            found = self._reader.get(ObjectKey(owned_by.group, owned_by.kind, namespace, owner.name), owned_by.model)
            if found is not None and found.uid == owner.uid:
                living.add(owner.uid)
        return reconcile_owned(held, living, self._birth().now)

    def _reconcile(self, key: ObjectKey) -> Outcome:
        match key.kind:
            case "Deployment" if key.group == "apps":
                return self._deployment(key)
            case "ReplicaSet" if key.group == "apps":
                return self._replica_set(key)
            case "Service" if not key.group:
                return self._service(key)
            case "Namespace":
                namespace = self._reader.get(key, Namespace)
                account = ObjectKey(ACCOUNT.group, ACCOUNT.kind, key.name, "default")
                return reconcile_namespace(namespace, self._store.get(account) is not None, self._birth()) if namespace else Outcome()
            case "Pod":
                pod = self._reader.get(key, Pod)
                return reconcile_pod(pod) if pod else Outcome()
            case _:
                return Outcome()

    def _list(self, model: type[T], namespace: str) -> list[Held[T]]:
        kind = next(kind for kind in KINDS if kind.model is model)
        return self._reader.list(kind, model, namespace)

    def _deployment(self, key: ObjectKey) -> Outcome:
        deployment = self._reader.get(key, Deployment)
        if deployment is None:
            return Outcome()
        sets = [held for held in self._reader.list(REPLICA_SET, ReplicaSet, key.namespace) if held.controlled_by(deployment)]
        return reconcile_deployment(deployment, sets, self._birth())

    def _replica_set(self, key: ObjectKey) -> Outcome:
        replica_set = self._reader.get(key, ReplicaSet)
        if replica_set is None:
            return Outcome()
        pods = [held for held in self._reader.list(POD, Pod, key.namespace) if held.controlled_by(replica_set)]
        namespace = self._reader.get(ObjectKey("", "Namespace", "", key.namespace), Namespace)
        return reconcile_replica_set(replica_set, pods, namespace, self._birth())

    def _service(self, key: ObjectKey) -> Outcome:
        service = self._reader.get(key, Service)
        if service is None:
            return Outcome()
        mine = [held for held in self._reader.list(SLICE, EndpointSlice, key.namespace) if held.value.service == key.name]
        behind = Behind(mine, self._reader.get(replace(key, kind=ENDPOINTS.kind), Endpoints))
        return reconcile_service(service, self._reader.list(POD, Pod, key.namespace), behind, self._birth())


def this_machine() -> Machine:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return Machine(os.cpu_count() or 1, memory, platform.release(), platform.system(), architecture)
