"""Exec as its WebSocket carries it: terminals, sizes, and what becomes of a command whose client leaves."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import psutil
import pytest
from api_harness import Server
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from airside.installation.records import ContainerRecord
from airside.resources.keys import ObjectKey
from airside.store import Put

V4, V5 = Subprotocol("v4.channel.k8s.io"), Subprotocol("v5.channel.k8s.io")


@pytest.fixture(scope="module")
def pod(server: Server) -> str:
    home = server.home.pod("uid-shell")
    home.work.mkdir(parents=True)
    home.container("app").write_text(ContainerRecord(("x",), {"PATH": "/usr/bin:/bin"}, str(home.work)).print())
    raw = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shell", "namespace": "default", "uid": "uid-shell"}}
    server.write(Put(ObjectKey("", "Pod", "default", "shell"), {**raw, "spec": {"containers": [{"name": "app"}]}}))
    return "shell"


@contextmanager
def opened(
    server: Server, pod: str, *command: str, protocol: Subprotocol = V5, token: str = "", **flags: str
) -> Iterator[ClientConnection]:
    query = urlencode([*(("command", word) for word in command), ("stdout", "true"), *flags.items()])
    trust = ssl.create_default_context(cafile=server.home.pki / "ca.crt")
    trust.maximum_version = ssl.TLSVersion.TLSv1_2  # see airside.cli.client: two threads on one connection
    with connect(
        f"{server.url.replace('https', 'wss')}/api/v1/namespaces/default/pods/{pod}/exec?{query}",
        ssl=trust,
        subprotocols=[protocol],
        additional_headers={"Authorization": f"Bearer {token or server.home.token.read_text().strip()}"},
        proxy=None,
    ) as connection:
        yield connection


def read_all(connection: ClientConnection) -> tuple[bytes, dict[str, object]]:
    """Output, and the Status it ends in."""
    output, final = b"", b""
    try:
        for message in connection:
            assert isinstance(message, bytes)
            if message[0] == 3:
                final += message[1:]
            else:
                output += message[1:]
    except ConnectionClosed:
        pass
    return output, json.loads(final)


def test_a_terminal_has_the_size_the_client_says(server: Server, pod: str) -> None:
    with opened(server, pod, "sh", "-c", "read line; stty size; test -t 0", stdin="true", tty="true") as connection:
        connection.send(b'\x04{"Width":101,"Height":33}')
        connection.send(b"\x00go\n")

        output, final = read_all(connection)

    assert b"33 101" in output
    assert final["status"] == "Success"


def test_an_interrupt_key_on_a_terminal_is_a_signal(server: Server, pod: str) -> None:
    with opened(server, pod, "sh", "-c", "echo ready; exec sleep 60", stdin="true", tty="true") as connection:
        assert b"ready" in connection.recv()  # type: ignore[operator]
        connection.send(b"\x00\x03")

        _, final = read_all(connection)

    assert final["reason"] == "NonZeroExitCode"


def test_a_program_that_does_not_read_its_terminal_holds_up_nobody_else(server: Server, pod: str) -> None:
    with opened(server, pod, "sh", "-c", "stty raw -echo; echo ready; exec sleep 60", stdin="true", tty="true") as stuck:
        stuck.recv()
        for _ in range(20):
            stuck.send(b"\x00" + b"x" * 8000)

        with opened(server, pod, "echo", "here") as other:
            assert read_all(other)[0] == b"here\n"


def test_a_flood_of_output_is_read_no_faster_than_it_is_taken(server: Server, pod: str) -> None:
    with opened(server, pod, "head", "-c", "3000000", "/dev/zero", tty="true") as connection:
        assert len(read_all(connection)[0]) == 3_000_000


def test_the_end_of_input_is_told(server: Server, pod: str) -> None:
    with opened(server, pod, "cat", stdin="true") as connection:
        connection.send(b"\x00to the end")
        connection.send(b"\xff\x00")

        assert read_all(connection)[0] == b"to the end"


def test_the_older_protocol_works_too(server: Server, pod: str) -> None:
    with opened(server, pod, "echo", "hi", protocol=V4) as connection:
        assert connection.subprotocol == V4
        assert read_all(connection)[0] == b"hi\n"


def test_a_command_does_not_outlive_its_client(server: Server, pod: str) -> None:
    with opened(server, pod, "sh", "-c", "echo $$; sleep 60 & wait") as connection:
        pid = int(bytes(connection.recv())[1:])  # type: ignore[arg-type]
        process = psutil.Process(pid)

    process.wait(timeout=10)
    assert not process.is_running()


def test_a_child_left_behind_does_not_hold_the_answer_up(server: Server, pod: str) -> None:
    with opened(server, pod, "sh", "-c", "sleep 60 & echo done") as connection:
        output, final = read_all(connection)

    assert output == b"done\n"
    assert final["status"] == "Success"


@pytest.mark.parametrize(
    ("pod_name", "token", "protocol", "code"),
    [
        pytest.param("shell", "wrong", V5, 401, id="a wrong token"),
        pytest.param("nobody", "", V5, 404, id="no such pod"),
        pytest.param("shell", "", Subprotocol("v3.channel.k8s.io"), 400, id="a protocol from before"),
    ],
)
def test_what_cannot_be_run_is_refused_before_the_handshake(
    server: Server, pod: str, pod_name: str, token: str, protocol: Subprotocol, code: int
) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(server, pod_name, "true", protocol=protocol, token=token):
        pass

    assert refused.value.response.status_code == code
    assert json.loads(refused.value.response.body)["kind"] == "Status"
