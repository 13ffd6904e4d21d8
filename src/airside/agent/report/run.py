"""Tells the API how a pod does: always the newest state, merged while a call is under way or the API is away; nothing is queued."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from airside.agent.client import Gone, PodApi
from airside.client.errors import ClientError
from airside.resources.pod import Pod, PodStatus
from airside.runtime.diff import merge_patch
from airside.runtime.network import APP_PORTS_ANNOTATION
from airside.runtime.news import News, build_event
from airside.runtime.sandbox import Desired, Observed
from airside.runtime.status import build_status

LOG = logging.getLogger("airside.agent")
FIRST_DELAY, LONGEST_DELAY = 0.05, 5.0
MOST_NEWS = 50  # different ones that wait while the API is away


@dataclass(frozen=True, slots=True)
class Answers:
    """What the reporter calls when the API has taken something."""

    published: Callable[[], None]
    gone: Callable[[], None]


@dataclass(slots=True)
class _Told:
    count: int
    first: datetime
    last: datetime


class Reporter:
    """Reports one pod. `run` ends when the pod is out of the API."""

    def __init__(self, api: PodApi, raw: Mapping[str, object], desired: Desired, answers: Answers) -> None:
        self._api, self._answers = api, answers
        self._desired, self._observed = desired, Observed()
        status = raw.get("status")
        self._status: Mapping[str, object] = status if isinstance(status, Mapping) else {}
        self._news: dict[News, _Told] = {}
        self._pending: set[News] = set()
        self._removing = False
        self._wake = asyncio.Event()

    def show(self, desired: Desired, observed: Observed) -> None:
        """How things are now."""
        self._desired, self._observed = desired, observed
        self._wake.set()

    def tell(self, news: News) -> None:
        now = datetime.now(UTC)
        told = self._news.get(news)
        if told is None:
            if len(self._news) >= MOST_NEWS:
                self._news.pop(next(iter(self._news)))
            self._news[news] = _Told(1, now, now)
        else:
            told.count, told.last = told.count + 1, now
        self._pending.add(news)
        self._wake.set()

    def remove(self) -> None:
        """Take the pod out of the API once everything else is told."""
        self._removing = True
        self._wake.set()

    async def run(self) -> None:
        delay = FIRST_DELAY
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._catch_up()
                delay = FIRST_DELAY
            except Gone:
                self._answers.gone()
                return
            except ClientError as error:
                LOG.warning("pod %s: the API did not take its status: %s", self._desired.pod.metadata.name, error)
                self._wake.set()
                await asyncio.sleep(delay)
                delay = min(2 * delay, LONGEST_DELAY)

    async def _catch_up(self) -> None:
        pod = self._desired.pod
        place = self._observed.place
        if place is not None:
            ports = json.dumps({str(port): number for port, number in sorted(place.ports.items())})
            if pod.metadata.annotations.get(APP_PORTS_ANNOTATION) != ports and not self._observed.published:
                await self._api.annotate(pod, {APP_PORTS_ANNOTATION: ports})
        await self._report(pod)
        if place is not None and not self._observed.published:
            self._answers.published()
        while self._pending:
            news = self._pending.pop()
            told = self._news.get(news)
            if told is not None:
                await self._api.tell(build_event(pod, news, told.count, told.first, told.last))
        if self._removing:
            await self._api.remove(pod)
            raise Gone(pod.metadata.name)

    async def _report(self, pod: Pod) -> None:
        """The difference to what was told last; its conditions keep their times by it, for the watch may lag behind."""
        before = pod.model_copy(update={"status": PodStatus.model_validate(self._status)})
        status = build_status(replace(self._desired, pod=before), self._observed, datetime.now(UTC))
        kept = {name: value for name, value in self._status.items() if name in ("observedGeneration",)}
        patch = merge_patch(self._status, {**kept, **status})
        if patch:
            await self._api.report(pod, patch)
            self._status = {**kept, **status}
