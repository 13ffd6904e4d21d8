"""What the agent asks of the API, and no more than that; and how that is asked over HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import Protocol

from airside.client.client import AsyncApiClient
from airside.client.errors import AlreadyExists, Conflict, NotFound
from airside.client.mirror import WatchEvent
from airside.client.requests import Target
from airside.resources.core import ConfigMap, Secret
from airside.resources.kinds import Kind, find_kind
from airside.resources.pod import Pod
from airside.runtime.environment import Sources


class Gone(Exception):
    """The pod is no longer in the API, or another has its name."""


class PodApi(Protocol):
    """The API as the agent needs it. Calls raise client errors; Gone where it is about a pod that is no more."""

    def follow(self) -> AsyncGenerator[WatchEvent, None]:
        """All pods, SYNCED, then every change, for ever."""
        ...

    async def annotate(self, pod: Pod, annotations: Mapping[str, str]) -> None: ...

    async def report(self, pod: Pod, status: Mapping[str, object]) -> None:
        """Merge into the pod's status; None removes."""
        ...

    async def remove(self, pod: Pod) -> None:
        """Take the pod out, now."""
        ...

    async def tell(self, event: Mapping[str, object]) -> None:
        """Write an Event, or renew the one of that name."""
        ...

    async def sources(self, namespace: str, config_maps: Iterable[str], secrets: Iterable[str]) -> Sources: ...


def _kind(name: str) -> Kind:
    kind = find_kind("", name)
    assert kind is not None
    return kind


POD, EVENT, CONFIG_MAP, SECRET = _kind("Pod"), _kind("Event"), _kind("ConfigMap"), _kind("Secret")


class ApiPods:
    """PodApi over HTTP."""

    def __init__(self, client: AsyncApiClient) -> None:
        self._client = client

    async def follow(self) -> AsyncGenerator[WatchEvent, None]:
        async with aclosing(self._client.follow(POD)) as events:
            async for event in events:
                yield event

    async def annotate(self, pod: Pod, annotations: Mapping[str, str]) -> None:
        await self._patch(pod, "", {"metadata": {"uid": pod.metadata.uid, "annotations": dict(annotations)}})

    async def report(self, pod: Pod, status: Mapping[str, object]) -> None:
        await self._patch(pod, "status", {"metadata": {"uid": pod.metadata.uid}, "status": dict(status)})

    async def _patch(self, pod: Pod, subresource: str, patch: Mapping[str, object]) -> None:
        try:
            await self._client.patch(Target(POD, pod.metadata.namespace, pod.metadata.name, subresource), patch)
        except (NotFound, Conflict) as error:
            if isinstance(error, NotFound) or not await self._is_there(pod):
                raise Gone(str(error)) from error
            raise

    async def _is_there(self, pod: Pod) -> bool:
        try:
            found = await self._client.get(POD, pod.metadata.name, pod.metadata.namespace)
        except NotFound:
            return False
        return Pod.of(found).metadata.uid == pod.metadata.uid

    async def remove(self, pod: Pod) -> None:
        if not await self._is_there(pod):
            raise Gone(pod.metadata.name)
        try:
            await self._client.delete(POD, pod.metadata.name, pod.metadata.namespace, grace=0)
        except NotFound as error:
            raise Gone(str(error)) from error

    async def tell(self, event: Mapping[str, object]) -> None:
        try:
            await self._client.create(EVENT, event)
        except AlreadyExists:
            metadata = event["metadata"]
            assert isinstance(metadata, dict)
            renewed = {"count": event["count"], "lastTimestamp": event["lastTimestamp"]}
            await self._client.patch(Target(EVENT, metadata["namespace"], metadata["name"]), renewed)

    async def sources(self, namespace: str, config_maps: Iterable[str], secrets: Iterable[str]) -> Sources:
        maps = {name: await self._data(CONFIG_MAP, name, namespace) for name in config_maps}
        hidden = {name: await self._data(SECRET, name, namespace) for name in secrets}
        return Sources(
            {name: ConfigMap.of(raw) if raw is not None else None for name, raw in maps.items()},
            {name: Secret.of(raw) if raw is not None else None for name, raw in hidden.items()},
        )

    async def _data(self, kind: Kind, name: str, namespace: str) -> dict[str, object] | None:
        try:
            return await self._client.get(kind, name, namespace)
        except NotFound:
            return None
