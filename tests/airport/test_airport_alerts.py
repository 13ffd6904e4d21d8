from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from airport_rig import IMAGE, Airport

from airport.alerts import build
from airport.environment import Environment


def alert(name: str = "PersonX", **changes: object) -> dict[str, object]:
    return {"timestamp": "2020-02-25T14:35:27.224857Z", "section": 1, "event": "entry", "known-persons": [{"name": name}], **changes}


@pytest.fixture
async def alerts(airport: Airport, env: Callable[..., Environment]) -> AsyncIterator[httpx.AsyncClient]:
    yield await airport.open(build(env(KEPT_PHOTOS="2")))


async def test_an_alert_is_kept_with_its_photo(alerts: httpx.AsyncClient) -> None:
    uuid = (await alerts.post("/alerts", json=alert(frame_uuid="f-1", image=IMAGE))).json()["uuid"]

    assert (await alerts.get(f"/alerts/{uuid}")).json() == {"uuid": uuid, "frame_uuid": "f-1", **alert(), "image": IMAGE}


async def test_a_list_of_alerts_has_no_photos(alerts: httpx.AsyncClient) -> None:
    await alerts.post("/alerts", json=alert(image=IMAGE))

    (listed,) = (await alerts.get("/alerts")).json()["alerts"]

    assert listed["known-persons"] == [{"name": "PersonX"}]
    assert "image" not in listed


async def test_alerts_are_counted_by_event_and_time(alerts: httpx.AsyncClient) -> None:
    await alerts.post("/alerts", json=alert())
    await alerts.post("/alerts", json=alert(event="exit", timestamp="2020-02-25T16:00:00Z"))

    assert (await alerts.get("/alerts?aggregate=count")).json() == {"count": 2}
    assert (await alerts.get("/alerts?aggregate=count&event=exit")).json() == {"count": 1}
    assert (await alerts.get("/alerts?aggregate=count&to=2020-02-25T15:00:00Z")).json() == {"count": 1}
    assert len((await alerts.get("/alerts?from=2020-02-25T15:00:00Z")).json()["alerts"]) == 1


async def test_the_same_frame_is_the_same_alert(alerts: httpx.AsyncClient) -> None:
    first, second = [(await alerts.post("/alerts", json=alert(frame_uuid="f-1"))).json() for _ in range(2)]

    assert first == second
    assert (await alerts.get("/alerts?aggregate=count")).json() == {"count": 1}


async def test_an_alert_can_be_taken_back_once(alerts: httpx.AsyncClient) -> None:
    uuid = (await alerts.post("/alerts", json=alert())).json()["uuid"]

    assert (await alerts.delete(f"/alerts/{uuid}")).status_code == 204
    assert (await alerts.delete(f"/alerts/{uuid}")).status_code == 404
    assert (await alerts.get(f"/alerts/{uuid}")).status_code == 404


async def test_only_the_latest_alerts_keep_their_photos(alerts: httpx.AsyncClient) -> None:
    uuids = [(await alerts.post("/alerts", json=alert(image=IMAGE))).json()["uuid"] for _ in range(4)]

    assert ["image" in (await alerts.get(f"/alerts/{uuid}")).json() for uuid in uuids] == [False, False, True, True]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"known-persons": []}, "known-persons: expected one at least"),
        ({"known-persons": [{}]}, "known-persons[0].name: missing"),
        ({"image": "no base64!"}, "image: expected base64"),
        ({"section": None}, "section: expected a whole number, got null"),
    ],
)
async def test_what_is_wrong_is_refused(alerts: httpx.AsyncClient, changes: dict[str, object], error: str) -> None:
    answer = await alerts.post("/alerts", json=alert(**changes))

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)
