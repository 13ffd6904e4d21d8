"""The API by HTTP: what kubectl does not show, and the client that agent and command line use."""

from __future__ import annotations

import asyncio
import json
import ssl
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from api_harness import Server, running

from airside.client.client import ApiClient, AsyncApiClient
from airside.client.errors import AlreadyExists, Conflict, Expired, Invalid, NotFound, Refused, Unreachable
from airside.client.mirror import WatchEvent
from airside.client.requests import Patch, Selection, Target, Writing
from airside.resources.keys import ObjectKey
from airside.resources.kinds import Kind, find_kind
from airside.store import Put


def kind(group: str, name: str) -> Kind:
    found = find_kind(group, name)
    assert found is not None
    return found


CONFIG_MAP, POD, SERVICE, SECRET = kind("", "ConfigMap"), kind("", "Pod"), kind("", "Service"), kind("", "Secret")


def config_map(name: str, **data: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


@pytest.fixture
def client(server: Server) -> Iterator[ApiClient]:
    with server.client() as opened:
        yield opened


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    """Without token, without anything."""
    trust = ssl.create_default_context(cafile=server.home.pki / "ca.crt")
    with httpx.Client(base_url=server.url, verify=trust, trust_env=False) as opened:
        yield opened


def bearer(server: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.home.token.read_text().strip()}"}


def test_nothing_is_answered_without_the_token(http: httpx.Client) -> None:
    for path in ("/api/v1/pods", "/apis", "/openapi/v3", "/airside/v1/proxies", "/nothing"):
        assert http.get(path).status_code == 401
    assert http.get("/api", headers={"Authorization": "Bearer wrong"}).json()["reason"] == "Unauthorized"
    assert http.get("/readyz").text == "ok"


def test_a_page_from_elsewhere_is_refused_even_with_the_token(http: httpx.Client, server: Server) -> None:
    token = bearer(server)

    assert http.get("/api", headers={**token, "Host": "evil.example"}).status_code == 403
    assert http.get("/api", headers={**token, "Origin": "https://evil.example"}).status_code == 403
    assert http.get("/api", headers={**token, "Origin": "http://127.0.0.1:20001"}).status_code == 200


def test_objects_are_created_read_changed_and_deleted(client: ApiClient) -> None:
    created = client.create(CONFIG_MAP, config_map("crud", a="1"))
    changed = client.patch(Target(CONFIG_MAP, "default", "crud"), {"data": {"b": "2"}})

    assert client.get(CONFIG_MAP, "crud", "default") == changed
    assert changed["data"] == {"a": "1", "b": "2"}
    with pytest.raises(AlreadyExists):
        client.create(CONFIG_MAP, config_map("crud"))
    with pytest.raises(Conflict):
        client.replace(CONFIG_MAP, created)
    client.delete(CONFIG_MAP, "crud", "default")
    with pytest.raises(NotFound, match='configmaps "crud" not found'):
        client.get(CONFIG_MAP, "crud", "default")


def test_an_invalid_object_comes_back_with_its_causes(client: ApiClient) -> None:
    with pytest.raises(Invalid) as refused:
        client.create(CONFIG_MAP, config_map("Not-A-Name"))

    assert refused.value.status.code == 422
    assert [cause.field for cause in refused.value.status.causes] == ["metadata.name"]


def test_unknown_fields_are_refused_warned_of_or_dropped_as_asked(client: ApiClient, http: httpx.Client, server: Server) -> None:
    raw = {**config_map("fields"), "colour": "red"}
    with pytest.raises(Invalid, match='strict decoding error: unknown field "colour"'):
        client.create(CONFIG_MAP, raw)

    warned = http.post("/api/v1/namespaces/default/configmaps", json=raw, headers=bearer(server))
    assert warned.headers["warning"].startswith('299 - "unknown field \\"colour\\"')
    assert "colour" not in warned.json()
    assert client.create(CONFIG_MAP, {**raw, "metadata": {"name": "other", "namespace": "default"}}, Writing(validation="Ignore"))


def test_a_dry_run_answers_and_stores_nothing(client: ApiClient, server: Server) -> None:
    before = server.store.revision

    answered = client.create(CONFIG_MAP, config_map("never"), Writing(dry_run=True))

    assert answered["metadata"]["uid"]  # type: ignore[index]
    assert server.store.revision == before


def test_names_are_generated(client: ApiClient) -> None:
    raw = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "gen-", "namespace": "default"}}

    names = {client.create(CONFIG_MAP, raw)["metadata"]["name"] for _ in range(5)}  # type: ignore[index]

    assert len(names) == 5
    assert all(len(name) == len("gen-") + 5 for name in names)


def test_ten_services_created_at_once_have_ten_addresses(server: Server) -> None:
    def create(number: int) -> str:
        raw = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"many-{number}", "namespace": "default"}}
        with server.client() as client:
            made = client.create(SERVICE, {**raw, "spec": {"type": "NodePort", "ports": [{"port": 80}]}})
        spec = made["spec"]
        assert isinstance(spec, dict)
        return f"{spec['clusterIP']} {spec['ports'][0]['nodePort']}"

    found: list[str] = []
    threads = [threading.Thread(target=lambda n=n: found.append(create(n))) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({text.split()[0] for text in found}) == len({text.split()[1] for text in found}) == 10


def test_ten_patches_at_once_all_count(server: Server, client: ApiClient) -> None:
    client.create(CONFIG_MAP, config_map("contended"))

    def patch(number: int) -> None:
        with server.client() as other:
            other.patch(Target(CONFIG_MAP, "default", "contended"), {"data": {f"k{number}": "v"}})

    threads = [threading.Thread(target=patch, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    data = client.get(CONFIG_MAP, "contended", "default")["data"]
    assert isinstance(data, dict)
    assert len(data) == 10


def test_secrets_are_written_in_plain_and_kept_in_base64(client: ApiClient) -> None:
    raw = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "default"}, "stringData": {"k": "v"}}

    assert client.create(SECRET, raw)["data"] == {"k": "dg=="}


def test_the_status_of_a_pod_is_written_with_its_annotations(client: ApiClient) -> None:
    raw = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "placed", "namespace": "default"}}
    client.create(POD, {**raw, "spec": {"containers": [{"name": "a", "image": "b"}]}})

    patch = {"metadata": {"annotations": {"airside.dev/app-ports": "{}"}}, "status": {"podIP": "127.9.0.1", "phase": "Running"}}
    written = client.patch(Target(POD, "default", "placed", "status"), patch)

    assert written["status"]["podIPs"] == [{"ip": "127.9.0.1"}]  # type: ignore[index]
    assert written["metadata"]["annotations"] == {"airside.dev/app-ports": "{}"}  # type: ignore[index]


def test_a_patch_of_another_form_is_refused_by_custom_resources(client: ApiClient) -> None:
    rule = {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {"name": "dr", "namespace": "default"}}
    destination_rule = kind("networking.istio.io", "DestinationRule")
    client.create(destination_rule, {**rule, "spec": {"host": "x"}})

    for form in (Patch.STRATEGIC, Patch.APPLY):
        with pytest.raises(Refused) as refused:
            client.patch(Target(destination_rule, "default", "dr"), {"spec": {"host": "y"}}, form)
        assert refused.value.status.code == 415


def test_a_body_that_is_too_large_or_too_deep_is_refused(http: httpx.Client, server: Server) -> None:
    path, headers = "/api/v1/namespaces/default/configmaps", {**bearer(server), "Content-Type": "application/json"}

    assert http.post(path, content=b" " * (3 * 1024 * 1024 + 1), headers=headers).status_code == 413
    assert http.post(path, content=b'{"a":' * 100_000, headers=headers).status_code == 400
    assert http.post(path, content=b'{"data":{"a":NaN}}', headers=headers).status_code == 400


def test_lists_are_paged_over_one_snapshot(http: httpx.Client, server: Server, client: ApiClient) -> None:
    for number in range(5):
        raw = config_map(f"page-{number}")
        raw["metadata"]["labels"] = {"paged": "yes"}  # type: ignore[index]
        client.create(CONFIG_MAP, raw)
    path, query = "/api/v1/namespaces/default/configmaps", {"limit": "2", "labelSelector": "paged"}
    first = http.get(path, params=query, headers=bearer(server)).json()
    client.delete(CONFIG_MAP, "page-3", "default")

    names = [item["metadata"]["name"] for item in first["items"]]
    token = first["metadata"]["continue"]
    while token:
        page = http.get(path, params={**query, "continue": token}, headers=bearer(server)).json()
        names += [item["metadata"]["name"] for item in page["items"]]
        token = page["metadata"].get("continue")

    assert names == [f"page-{number}" for number in range(5)]


def take_until(events: Iterator[WatchEvent], last: str) -> list[str]:
    told = []
    for event in events:
        metadata = event.object.get("metadata")
        told.append(f"{event.type} {metadata['name']}" if isinstance(metadata, dict) else event.type)
        if told[-1] == last:
            return told
    return told


def test_following_tells_what_is_there_then_what_happens(server: Server, client: ApiClient) -> None:
    selection = Selection("default", labels="followed=yes")
    raw = config_map("follow-a")
    raw["metadata"]["labels"] = {"followed": "yes"}  # type: ignore[index]
    client.create(CONFIG_MAP, raw)
    with server.client() as other:
        events = other.follow(CONFIG_MAP, selection)
        assert take_until(events, "SYNCED") == ["ADDED follow-a", "SYNCED"]

        client.patch(Target(CONFIG_MAP, "default", "follow-a"), {"data": {"x": "y"}})
        client.patch(Target(CONFIG_MAP, "default", "follow-a"), {"metadata": {"labels": {"followed": "no"}}})

        assert take_until(events, "DELETED follow-a") == ["MODIFIED follow-a", "DELETED follow-a"]


def test_a_watch_from_a_compacted_past_says_so() -> None:
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as folder, running(Path(folder), keep=5) as server:
        for number in range(20):
            server.write(Put(ObjectKey("", "ConfigMap", "default", "x"), {**config_map("x"), "data": {"n": str(number)}}))
        with server.client() as client:
            (line,) = client.watch(CONFIG_MAP, Selection(), "1")
            assert line["type"] == "ERROR"
            assert line["object"]["code"] == 410  # type: ignore[index]
            with pytest.raises(Expired):
                client.ask("/api/v1/configmaps", resourceVersion=1, resourceVersionMatch="Exact")


@asynccontextmanager
async def alive(root: Path, port: int = 0) -> AsyncIterator[Server]:
    """`running`, started and stopped beside this loop: a client on it must be able to hang up meanwhile."""
    server = running(root, port=port)
    try:
        yield await asyncio.to_thread(server.__enter__)
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


async def follow(client: AsyncApiClient, told: asyncio.Queue[str]) -> None:
    async with aclosing(client.follow(CONFIG_MAP, Selection("default"))) as events:
        async for event in events:
            metadata = event.object.get("metadata")
            told.put_nowait(f"{event.type} {metadata['name']}" if isinstance(metadata, dict) else event.type)


async def test_a_follower_goes_on_over_a_restart_of_the_server() -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as folder:
        async with alive(Path(folder)) as server:
            port = int(server.url.rpartition(":")[2])
            client = AsyncApiClient.from_kubeconfig(server.home.kubeconfig)
            following = asyncio.ensure_future(follow(client, told))
            assert await told.get() == "SYNCED"
            await client.create(CONFIG_MAP, config_map("one"))
            assert await told.get() == "ADDED one"
        async with alive(Path(folder), port), client:
            await client.create(CONFIG_MAP, config_map("two"))
            assert await told.get() == "ADDED two"
            following.cancel()
            await asyncio.wait([following])


def test_nobody_there_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="airside up"):
        ApiClient.from_kubeconfig(tmp_path / "kubeconfig")


def test_tables_are_made_by_the_server(http: httpx.Client, server: Server, client: ApiClient) -> None:
    client.create(CONFIG_MAP, config_map("row", a="1"))
    accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}

    table = http.get("/api/v1/namespaces/default/configmaps/row", headers={**bearer(server), **accept}).json()

    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert table["rows"][0]["cells"][:2] == ["row", 1]


def test_discovery_is_the_same_in_both_forms(http: httpx.Client, server: Server) -> None:
    aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    answer = http.get("/apis", headers={**bearer(server), "Accept": aggregated})
    assert answer.headers["content-type"] == aggregated

    for group in answer.json()["items"]:
        for version in group["versions"]:
            path = f"/apis/{group['metadata']['name']}/{version['version']}"
            listed = http.get(path, headers=bearer(server)).json()["resources"]
            assert {entry["name"] for entry in listed if "/" not in entry["name"]} == {entry["resource"] for entry in version["resources"]}


def test_every_kind_says_how_it_can_be_patched(http: httpx.Client, server: Server) -> None:
    paths = http.get("/openapi/v3", headers=bearer(server)).json()["paths"]

    for place in paths.values():
        document = http.get(place["serverRelativeURL"], headers=bearer(server)).json()
        assert document["paths"]
        for operations in document["paths"].values():
            assert "application/merge-patch+json" in operations["patch"]["requestBody"]["content"]
            assert "fieldValidation" in {parameter["name"] for parameter in operations["patch"]["parameters"]}


def test_an_api_without_a_mesh_says_so(client: ApiClient) -> None:
    with pytest.raises(Refused, match="without a mesh"):
        client.ask("/airside/v1/proxies")


def test_only_harmless_pages_of_a_proxy_are_handed_out(client: ApiClient) -> None:
    with pytest.raises(Invalid, match="quitquitquit"):
        client.ask("/airside/v1/namespaces/default/pods/x/proxy/quitquitquit")
    with pytest.raises(NotFound):
        client.ask("/airside/v1/namespaces/default/pods/nobody/proxy/clusters")


def test_deleting_a_collection_needs_a_namespace(http: httpx.Client, server: Server) -> None:
    assert http.delete("/api/v1/configmaps", headers=bearer(server)).status_code == 405
    assert http.delete("/api/v1/namespaces", headers=bearer(server)).status_code == 405


def test_bookmarks_tell_how_far_a_quiet_watch_has_come(http: httpx.Client, server: Server, client: ApiClient) -> None:
    query = {"watch": "1", "timeoutSeconds": "3", "allowWatchBookmarks": "true", "resourceVersion": str(server.store.revision)}
    client.create(CONFIG_MAP, config_map("noise"))

    lines = http.get("/api/v1/secrets", params=query, headers=bearer(server), timeout=10).text.splitlines()

    (bookmark,) = [json.loads(line) for line in lines]
    assert bookmark["type"] == "BOOKMARK"
    assert int(bookmark["object"]["metadata"]["resourceVersion"]) == server.store.revision
