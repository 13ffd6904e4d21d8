"""The endpoints that Kubernetes does not have: what they ask of the mesh, and what they refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from api_harness import TOKEN, build_context

from airside.apiserver.context import Json
from airside.apiserver.mesh import LONGEST_WAIT, LONGEST_WINDOW, PROXY_PATHS
from airside.apiserver.mesh_answers import applied_json, proxy_json, top_json
from airside.apiserver.serve import build_app
from airside.installation.home import Home
from airside.resources.keys import ObjectKey
from airside.store import Put, Store
from airside.telemetry.top import TopRow, Traffic
from airside.xds.resource import ORDER, ROUTES, ProxyId
from airside.xds.serve import Applied
from airside.xds.status import ProxyStatus, Rejection, State, TypeStatus

SIDECAR = ProxyId("sidecar~127.16.0.5~web-1.default~default.svc.cluster.local")
REJECTION = Rejection(SIDECAR, ROUTES, "http_proxy", "v1", 7, "bad regex", ("VirtualService.networking.istio.io/default/web",))


class AskedMesh:
    """Answers with what it was asked."""

    async def applied(self, revision: int, since: int, timeout: float) -> Json:
        return {"revision": revision, "since": since, "timeout": timeout}

    def proxies(self) -> list[Json]:
        return [{"id": "a"}]

    async def query(self, text: str, at: float | None) -> Json:
        if text == "(":
            raise ValueError("unclosed")
        return {"query": text, "at": at}

    async def top(self, window: float) -> Json:
        return {"window": str(timedelta(seconds=window))}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store.open(tmp_path / "store.sqlite")
    yield opened
    await opened.close()


@pytest.fixture
async def http(store: Store, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    api = build_app(store, build_context(Home(tmp_path), mesh=AskedMesh()))
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="https://127.0.0.1", headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        pytest.param("", {"revision": 0, "since": 0, "timeout": 30}, id="what is stored now, unless said"),
        pytest.param("revision=9", {"revision": 9, "since": 8, "timeout": 30}, id="that one change, unless a span is said"),
        pytest.param("revision=9&since=3&timeout=5", {"revision": 9, "since": 3, "timeout": 5}, id="a span"),
        pytest.param("timeout=1e9", {"revision": 0, "since": 0, "timeout": LONGEST_WAIT}, id="nobody waits for ever"),
    ],
)
async def test_what_is_applied_is_asked_by_revisions(http: httpx.AsyncClient, query: str, asked: Json) -> None:
    assert (await http.get(f"/airside/v1/applied?{query}")).json() == asked


@pytest.mark.parametrize("value", ["x", "nan", "inf", "-1", "1e999"])
@pytest.mark.parametrize("where", ["applied?revision", "applied?since", "applied?timeout", "top?window", "metrics?query=up&time"])
async def test_what_is_no_number_is_refused_by_name(http: httpx.AsyncClient, where: str, value: str) -> None:
    answer = await http.get(f"/airside/v1/{where}={value}")

    assert answer.status_code == 400
    assert f"expected a number of at least 0, found '{value}'" in answer.json()["message"]


@pytest.mark.parametrize(("asked", "seconds"), [("1e300", LONGEST_WINDOW), ("0", 1), ("60", 60)])
async def test_a_window_has_a_length_that_can_be_divided_by_and_told(http: httpx.AsyncClient, asked: str, seconds: float) -> None:
    assert (await http.get(f"/airside/v1/top?window={asked}")).json() == {"window": str(timedelta(seconds=seconds))}


async def test_a_query_that_does_not_parse_is_answered_as_prometheus_does(http: httpx.AsyncClient) -> None:
    answer = await http.get("/airside/v1/metrics?query=(")

    assert (answer.status_code, answer.json()) == (400, {"status": "error", "errorType": "bad_data", "error": "unclosed"})


async def test_proxies_are_listed(http: httpx.AsyncClient) -> None:
    assert (await http.get("/airside/v1/proxies")).json() == {"items": [{"id": "a"}]}


@pytest.mark.parametrize("path", ["quitquitquit", "logging", "runtime_modify", "stats/../quitquitquit", "..%2f..%2ftoken", ""])
async def test_of_envoys_administration_only_what_changes_nothing_is_passed_on(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"/airside/v1/namespaces/default/pods/a/proxy/{path}")

    assert answer.status_code in (400, 404)
    assert not PROXY_PATHS & {path}


async def test_nothing_can_be_sent_to_a_proxy(http: httpx.AsyncClient) -> None:
    assert (await http.post("/airside/v1/namespaces/default/pods/a/proxy/stats")).status_code == 405


async def test_a_pod_whose_proxy_does_not_run_is_said_to_have_none(http: httpx.AsyncClient, store: Store) -> None:
    await store.write([Put(ObjectKey("", "Pod", "default", "a"), {"metadata": {"name": "a", "namespace": "default", "uid": "u"}})])

    assert (await http.get("/airside/v1/namespaces/default/pods/b/proxy/ready")).status_code == 404
    answer = await http.get("/airside/v1/namespaces/default/pods/a/proxy/ready")
    assert answer.status_code == 503
    assert "proxy of pod default/a does not answer" in answer.json()["message"]


@pytest.mark.parametrize("path", ["applied", "proxies", "metrics", "top", "namespaces/default/pods/a/proxy/stats"])
async def test_nobody_is_told_anything_without_the_token(http: httpx.AsyncClient, path: str) -> None:
    for headers in ({"authorization": ""}, {"authorization": "Bearer other"}, {"authorization": f"Basic {TOKEN}"}):
        assert (await http.get(f"/airside/v1/{path}", headers=headers)).status_code == 401


def test_a_proxy_is_told_by_its_pod_and_by_what_it_has() -> None:
    types = {type: TypeStatus(State.SYNCED, "8", "7", 2) for type in ORDER} | {ROUTES: TypeStatus(State.REJECTED, "8", "6", 1)}
    told = proxy_json(ProxyStatus(SIDECAR, known=True, connected=True, types=types, rejected=(REJECTION,)))

    assert (told["pod"], told["namespace"], told["ip"]) == ("web-1", "default", "127.16.0.5")
    assert told["types"]["RDS"] == {"state": "REJECTED", "version": "6", "sent": "8", "resources": 1}  # type: ignore[index]
    assert told["rejected"][0]["type"] == "RDS"  # type: ignore[index]
    assert told["rejected"][0]["origins"] == list(REJECTION.origins)  # type: ignore[index]


@pytest.mark.parametrize("name", ["", "me", "sidecar~~", "a~b~c~d", "sidecar~1~nodot~x.svc.cluster.local"])
def test_a_stranger_that_asks_is_told_by_its_name_alone(name: str) -> None:
    told = proxy_json(ProxyStatus(ProxyId(name), known=False, connected=True, types={}, rejected=()))

    assert (told["id"], told["pod"], told["namespace"], told["ip"]) == (name, "", "", "")


def test_what_was_refused_is_told_beside_what_is_applied() -> None:
    found = Applied(True, 9, (SIDECAR,), (), (), (REJECTION,), 1.23456)

    assert applied_json(9, found) == {
        "applied": True,
        "revision": 9,
        "proxies": [SIDECAR],
        "pending": [],
        "absent": [],
        "rejected": [{"proxy": SIDECAR, "type": "RDS", "resource": "http_proxy", "message": "bad regex", "origins": [*REJECTION.origins]}],
        "milliseconds": 1.235,
    }


def test_a_row_of_figures_is_flat() -> None:
    row = top_json(TopRow(Traffic("server", "default", "web", "web-v1"), 10, 1.0, 5.0, None, None, 1.0))

    assert row["workload"] == "web-v1"
    assert row["requests"] == 10
    assert "traffic" not in row


def test_every_type_has_its_short_name() -> None:
    told = proxy_json(ProxyStatus(SIDECAR, True, True, {type: TypeStatus(State.NOT_SENT, "", "", 0) for type in ORDER}, ()))

    assert list(told["types"]) == ["SDS", "CDS", "EDS", "LDS", "RDS"]  # type: ignore[call-overload]
    assert told["types"]["CDS"]["state"] == "NOT SENT"  # type: ignore[index]
