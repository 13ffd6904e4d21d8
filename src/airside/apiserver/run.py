"""The task that ends namespaces: it sees each change and does the next step for those that are terminating."""

from __future__ import annotations

import logging

from airside.apiserver.address import Address, namespace_kind
from airside.apiserver.context import Context
from airside.apiserver.namespaces import Empty, is_terminating, plan_end
from airside.apiserver.options import DeleteOptions, WriteOptions
from airside.apiserver.status import ApiError
from airside.apiserver.writes import Writes
from airside.resources.keys import ObjectKey
from airside.resources.kinds import KINDS
from airside.resources.parse import UnknownFields
from airside.store import Expired, Store, Stored

LOG = logging.getLogger(__name__)


async def end_namespaces(store: Store, context: Context) -> None:
    """Runs until the store closes. Part of the control plane, beside the API and over the same store."""
    writes = Writes(store, context)
    while True:
        watch = store.watch(store.revision)
        touched = {stored.key.name for stored in store.list("", "Namespace")[0]}
        try:
            while True:
                for name in sorted(touched):
                    await _step(store, writes, name)
                events = await watch.batch()
                if not events:
                    return
                touched = {event.object.key.namespace or event.object.key.name for event in events}
        except Expired:
            continue  # too much happened meanwhile: look at all of them again


async def _step(store: Store, writes: Writes, name: str) -> None:
    namespace = store.get(ObjectKey("", "Namespace", "", name))
    if namespace is None or not is_terminating(namespace.raw):
        return
    content = [stored for kind in KINDS if kind.namespaced for stored in store.list(kind.group, kind.kind, name)[0]]
    match plan_end(content):
        case Empty():
            await _finish(writes, namespace)
        case plan:
            for stored in plan.doomed:
                await _delete(writes, stored)


async def _delete(writes: Writes, stored: Stored) -> None:
    kind = next(kind for kind in KINDS if (kind.group, kind.kind) == (stored.key.group, stored.key.kind))
    address = Address(kind, kind.versions[0], stored.key.namespace, stored.key.name)
    try:
        await writes.delete(address, DeleteOptions(propagation="Background"))
    except ApiError as error:
        if error.code != 404:
            LOG.warning("namespace %s does not end: %s", stored.key.namespace, error)


async def _finish(writes: Writes, namespace: Stored) -> None:
    address = Address(namespace_kind(), "v1", name=namespace.key.name, subresource="finalize")
    try:
        await writes.replace(address, {**namespace.raw, "spec": {"finalizers": []}}, WriteOptions(unknown=UnknownFields.IGNORE))
    except ApiError as error:
        if error.code not in (404, 409):  # gone, or changed meanwhile: then its event leads here again
            LOG.warning("namespace %s does not end: %s", namespace.key.name, error)
