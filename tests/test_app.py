"""The control plane's first objects: made once, also when the first start is killed half-way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx
import pytest

from airside.apiserver.context import Context
from airside.apiserver.serve import build_app
from airside.app import seed
from airside.controllers.inject import inject
from airside.controllers.system import GATEWAY, ROOT_NAMESPACE, build_system
from airside.installation.home import Home
from airside.installation.settings import Settings
from airside.resources.keys import ObjectKey
from airside.store import Delete, Store

SETTINGS = Settings(gateway_port=31300)
DEPLOYMENT = ObjectKey("apps", "Deployment", ROOT_NAMESPACE, GATEWAY)
Parts = tuple[Store, httpx.AsyncClient]


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    store = Store.open(tmp_path / "store.sqlite")
    numbers = count(1)
    context = Context(
        home=Home(tmp_path),
        token="t",
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        new_uid=lambda: f"u-{next(numbers)}",
        new_suffix=lambda: f"{next(numbers):05}",
        admit_pod=inject,
    )
    transport = httpx.ASGITransport(build_app(store, context))
    async with httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1", headers={"authorization": "Bearer t"}) as http:
        yield store, http
    await store.close()


def keys(store: Store) -> set[tuple[str, str]]:
    listed = (
        store.list(group, kind)[0] for group, kind in (("", "Namespace"), ("", "ServiceAccount"), ("", "Service"), ("apps", "Deployment"))
    )
    return {(stored.key.kind, stored.key.name) for found in listed for stored in found}


WHOLE = {(str(raw["kind"]), str(raw["metadata"]["name"])) for raw in build_system(1)}  # type: ignore[index]


async def test_the_first_objects_are_made(parts: Parts) -> None:
    store, http = parts
    await seed(store, http, SETTINGS)

    assert keys(store) == WHOLE
    service = store.get(ObjectKey("", "Service", ROOT_NAMESPACE, GATEWAY))
    assert service is not None
    assert service.raw["spec"]["ports"][0]["nodePort"] == 31300  # type: ignore[index]


@pytest.mark.parametrize("made", range(1, len(WHOLE)))
async def test_a_first_start_that_was_cut_short_is_made_whole_by_the_next(parts: Parts, made: int) -> None:
    store, http = parts
    await seed(store, http, SETTINGS)
    for raw in build_system(1)[made:]:
        name, namespace = raw["metadata"]["name"], raw["metadata"].get("namespace", "")  # type: ignore[index]
        group = str(raw["apiVersion"]).rpartition("/")[0]
        await store.write([Delete(ObjectKey(group, str(raw["kind"]), namespace, name))])
    assert keys(store) != WHOLE

    await seed(store, http, SETTINGS)

    assert keys(store) == WHOLE


async def test_what_the_user_deleted_stays_deleted(parts: Parts) -> None:
    store, http = parts
    await seed(store, http, SETTINGS)
    await store.write([Delete(DEPLOYMENT)])

    await seed(store, http, SETTINGS)

    assert store.get(DEPLOYMENT) is None
