"""Creating, changing and deleting objects: each flow judges, stamps, and hands one change to the store.

Every flow raises ApiError. What the store refuses is translated here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from airside.apiserver import status
from airside.apiserver.address import Address, namespace_kind
from airside.apiserver.allocation import Reservations, allocate, claims_of
from airside.apiserver.context import Context
from airside.apiserver.deletion import Gone, Marked, decide_deletion, is_finished
from airside.apiserver.immutable import check_update
from airside.apiserver.judgement import judge, judge_status, typed, warning
from airside.apiserver.metadata import (
    carried,
    marked_deleted,
    metadata_of,
    newborn,
    text_of,
    tidied,
    updated,
    with_metadata,
    with_new_status,
)
from airside.apiserver.options import DeleteOptions, WriteOptions
from airside.apiserver.placement import placed, placed_at
from airside.apiserver.scale import with_scale
from airside.apiserver.status import Cause
from airside.apiserver.view import StoreView
from airside.resources.keys import ObjectKey
from airside.resources.kinds import Kind
from airside.resources.parse import UnknownFields
from airside.store import Change, Conflict, Delete, Exists, Missing, Put, Store, Stored, Unavailable
from airside.validate.accept import Accepted

Raw = Mapping[str, object]
Json = dict[str, object]

PROTECTED_NAMESPACES = frozenset({"default", "kube-system", "kube-public"})
LONGEST_STEM = 58
"""Characters of a generateName that stay, so that name and suffix fit in 63."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write answers: an object, and what the client should be warned of."""

    raw: Raw
    warnings: tuple[str, ...] = ()
    deleted: bool = False


class _Moved(Exception):
    """Another write came between reading and writing: read again."""


def shown(address: Address, raw: Raw) -> Raw:
    """A stored object in the version of the path it is read through."""
    return raw if raw.get("apiVersion") == address.api_version else {**raw, "apiVersion": address.api_version}


class Writes:
    """The writing half of the API over a store."""

    def __init__(self, store: Store, context: Context) -> None:
        self._store, self._context = store, context
        self._view = StoreView(store)
        self._reservations = Reservations()

    def read(self, address: Address) -> Stored:
        stored = self._store.get(address.key)
        if stored is None:
            raise status.not_found(address.kind, address.name, address.subresource)
        return stored

    async def create(self, address: Address, raw: Raw, options: WriteOptions) -> Outcome:
        if metadata_of(raw).get("resourceVersion"):
            raise status.bad_request("resourceVersion should not be set on objects to be created")
        accepted = judge(address, self._named(address, typed(address, raw)), options.unknown, self._view)
        self._check_namespace(address, accepted.key.name)
        born = newborn(address.kind, tidied(address.kind, self._admitted(address, accepted)), self._context.new_uid(), self._context.now())
        return Outcome(shown(address, await self._put(address, accepted.key, born, None, options)), _warnings(accepted))

    async def replace(self, address: Address, raw: Raw, options: WriteOptions) -> Outcome:
        """PUT of an object or of a subresource."""
        return await self._change(address, lambda _: raw, options)

    async def patch(self, address: Address, patch: Callable[[Raw], Raw], options: WriteOptions) -> Outcome:
        """PATCH of an object or of a subresource: `patch` makes the new object of the one that is there."""
        try:
            return await self._change(address, patch, options)
        except status.Undecodable as error:
            raise error.of_patch() from error

    async def _change(self, address: Address, patch: Callable[[Raw], Raw], options: WriteOptions) -> Outcome:
        """Done again when another write came between."""
        while True:
            old = self.read(address)
            raw = patch(shown(address, old.raw))
            self._check_identity(address, old, raw)
            try:
                return await self._update(address, old, raw, options)
            except _Moved:
                continue

    async def bind(self, address: Address, binding: Raw) -> None:
        """Place a pod that has no place yet."""
        target = binding.get("target")
        node = target.get("name") if isinstance(target, Mapping) else None
        if not isinstance(node, str) or not node:
            raise status.bad_request("a Binding names its node as target.name")
        while True:
            old = self.read(address)
            if found := placed_at(old.raw):
                error = status.conflict(address.kind, address.name, f'pod {address.name} is already assigned to node "{found}"')
                error.message = error.message.replace("pods", "pods/binding", 1)
                error.details = {"name": address.name, "kind": "pods/binding"}
                raise error
            try:
                await self._write(address.kind, Put(old.key, placed(old.raw, node, self._context.now()), old.revision))
                return
            except _Moved:
                continue

    async def delete(self, address: Address, options: DeleteOptions) -> Outcome:
        kind = address.kind
        if kind.kind == "Namespace" and address.name in PROTECTED_NAMESPACES:
            raise status.forbidden(kind, address.name, "this namespace may not be deleted")
        while True:
            old = self.read(address)
            _check_preconditions(kind, old, options)
            decided = decide_deletion(kind, old.raw, options, self._context.now())
            gone = isinstance(decided, Gone)
            raw, changes = self._steps(kind, old, decided)
            if not options.dry_run:
                try:
                    first = (await self._write(kind, *changes))[0]
                except _Moved:
                    continue
                raw = old.raw if len(changes) == 1 and gone else first.raw
            return Outcome(shown(address, raw), deleted=gone)

    def _steps(self, kind: Kind, old: Stored, decided: Gone | Marked) -> tuple[Raw, list[Change]]:
        """What a DELETE answers, and what it does. A pod is marked even when it goes at once, so that watchers see it end, not vanish."""
        if isinstance(decided, Marked):
            return decided.raw, [Put(old.key, decided.raw, old.revision)]
        if kind.kind != "Pod":
            return old.raw, [Delete(old.key, old.revision)]
        marked = marked_deleted(kind, old.raw, self._context.now(), 0)
        return marked, [Put(old.key, marked, old.revision), Delete(old.key)]

    async def _update(self, address: Address, old: Stored, raw: Raw, options: WriteOptions) -> Outcome:
        kind, before = address.kind, shown(address, old.raw)
        match address.subresource:
            case "status":
                wanted = with_new_status(kind, before, raw)
            case "finalize":
                wanted = {**before, "spec": raw.get("spec") or {}}
            case "scale":
                wanted = with_scale(before, raw)
            case _:
                wanted = dict(typed(address, raw))
        named = with_metadata(wanted, name=old.key.name, namespace=old.key.namespace or None)
        accepted = self._judged_update(address, old, named, options)
        whole = address.subresource in ("status", "finalize")  # parts that `updated` would keep as they were
        judged = tidied(kind, accepted.raw)
        new = carried(old.raw, judged) if whole else updated(kind, old.raw, judged)
        if is_finished(kind, new):
            if not options.dry_run:
                await self._write(kind, Delete(old.key, old.revision))
            new = with_metadata(new, resourceVersion=str(old.revision))
        else:
            new = await self._put(address, old.key, new, old, options)
        return Outcome(shown(address, new), _warnings(accepted))

    def _judged_update(self, address: Address, old: Stored, raw: Raw, options: WriteOptions) -> Accepted:
        """The object judged by itself and against what it was; what is wrong either way is told together."""
        try:
            accepted = judge(address, raw, options.unknown, self._view)
        except status.ApiError as error:
            # defaults are missing here, so only of the kinds whose rules do not look at defaulted fields
            causes = check_update(address.kind, old.raw, raw) if error.code == 422 and address.kind.group == "apps" else []
            if causes:
                raise status.invalid(address.kind, address.name, [*causes, *error.causes()]) from error
            raise
        if address.subresource == "status":
            judge_status(address, accepted)
        if causes := check_update(address.kind, old.raw, tidied(address.kind, accepted.raw)):
            raise status.invalid(address.kind, address.name, causes)
        return accepted

    async def _put(self, address: Address, key: ObjectKey, raw: Json, old: Stored | None, options: WriteOptions) -> Json:
        """Hands out what only one object may have, and writes; of a dry run, what would have been written."""
        with ExitStack() as held:
            if address.kind.kind == "Service":
                others = (stored.raw for stored in self._store.list("", "Service")[0] if stored.key != key)
                raw, causes = allocate(raw, self._reservations.taken(others), old.raw if old else None)
                if causes:
                    raise status.invalid(address.kind, key.name, causes)
                held.enter_context(self._reservations.hold(claims_of(raw)))
            if options.dry_run:
                if old is None and self._store.get(key) is not None:
                    raise status.already_exists(address.kind, key.name)
                return with_metadata(raw, resourceVersion=str(old.revision) if old else None)
            return dict((await self._write(address.kind, Put(key, raw, old.revision if old else 0)))[0].raw)

    async def _write(self, kind: Kind, *changes: Change) -> list[Stored]:
        try:
            return await self._store.write(changes)
        except Exists as error:
            raise self._exists(kind, error.key) from error
        except (Conflict, Missing) as error:
            raise _Moved from error
        except Unavailable as error:
            raise status.unavailable(str(error)) from error

    def _exists(self, kind: Kind, key: ObjectKey) -> status.ApiError:
        error = status.already_exists(kind, key.name)
        found = self._store.get(key)
        if found is not None and "deletionTimestamp" in metadata_of(found.raw):
            error.message = f"object is being deleted: {error.message}"
        return error

    def _named(self, address: Address, raw: Raw) -> Raw:
        """With the namespace of the path, and a name if one is to be generated."""
        if address.kind.namespaced:
            stated = text_of(raw, "namespace")
            if stated and stated != address.namespace:
                raise status.bad_request("the namespace of the provided object does not match the namespace sent on the request")
            raw = with_metadata(raw, namespace=address.namespace)
        stem = text_of(raw, "generateName")
        if stem and not text_of(raw, "name"):
            raw = with_metadata(raw, name=stem[:LONGEST_STEM] + self._context.new_suffix())
        return raw

    def _check_namespace(self, address: Address, name: str) -> None:
        """New objects need a namespace that is there to stay."""
        if not address.kind.namespaced:
            return
        namespace = self.read(Address(namespace_kind(), "v1", name=address.namespace))
        if "deletionTimestamp" in metadata_of(namespace.raw):
            why = f"unable to create new content in namespace {address.namespace} because it is being terminated"
            cause = Cause("NamespaceTerminating", f"namespace {address.namespace} is being terminated", "metadata.namespace")
            raise status.forbidden(address.kind, name, why, [cause])

    def _admitted(self, address: Address, accepted: Accepted) -> Raw:
        """A pod as it shall run: on the node, with what admission adds, which is judged like the rest."""
        if address.kind.kind != "Pod":
            return accepted.raw
        namespace = self.read(Address(namespace_kind(), "v1", name=address.namespace))
        pod = self._context.admit_pod(accepted.raw, namespace.raw)
        spec = pod.get("spec")
        if self._context.node and isinstance(spec, Mapping) and not spec.get("nodeName"):
            pod = {**pod, "spec": {**spec, "nodeName": self._context.node}}
        return judge(address, pod, UnknownFields.STRICT, self._view).raw

    def _check_identity(self, address: Address, old: Stored, raw: Raw) -> None:
        """A write must mean the object at its path, and if it names a version, this one."""
        for field, place in (("name", "name on the URL"), ("namespace", "namespace on the URL")):
            stated, expected = text_of(raw, field), getattr(old.key, field)
            if stated and stated != expected:
                raise status.bad_request(f"the {field} of the object ({stated}) does not match the {place} ({expected})")
        uid, version = text_of(raw, "uid"), text_of(raw, "resourceVersion")
        if uid and uid != text_of(old.raw, "uid"):
            raise status.conflict(address.kind, address.name, _wrong_uid(uid, old))
        if version and version != str(old.revision):
            raise status.conflict(address.kind, address.name)


def _check_preconditions(kind: Kind, old: Stored, options: DeleteOptions) -> None:
    if options.uid and options.uid != text_of(old.raw, "uid"):
        raise status.conflict(kind, old.key.name, _wrong_uid(options.uid, old))
    if options.revision and options.revision != str(old.revision):
        why = f"Precondition failed: ResourceVersion in precondition: {options.revision}, ResourceVersion in object meta: {old.revision}"
        raise status.conflict(kind, old.key.name, why)


def _wrong_uid(stated: str, old: Stored) -> str:
    return f"Precondition failed: UID in precondition: {stated}, UID in object meta: {text_of(old.raw, 'uid')}"


def _warnings(accepted: Accepted) -> tuple[str, ...]:
    return tuple(warning(problem) for problem in accepted.warnings)
