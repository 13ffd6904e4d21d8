"""What `up` makes of flags, of what was before, and of the machine."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from airside.cli.cli import run
from airside.cli.errors import CommandError
from airside.cli.files import airport_files
from airside.cli.installation import Wishes, choose_settings, move_gateway
from airside.client.client import ApiClient
from airside.controllers.system import GATEWAY, ROOT_NAMESPACE
from airside.installation.home import Home
from airside.installation.run import read_settings
from airside.installation.settings import Settings
from airside.resources.kinds import KINDS

SERVICES = next(kind for kind in KINDS if kind.kind == "Service")


@pytest.mark.parametrize(
    ("before", "wishes", "expected"),
    [
        pytest.param(None, Wishes(), Settings(), id="the defaults"),
        pytest.param(None, Wishes(gateway_port=1234), Settings(gateway_port=1234), id="a flag"),
        pytest.param(Settings(api_port=1234), Wishes(), Settings(api_port=1234), id="as it was"),
        pytest.param(Settings(api_port=1234), Wishes(api_port=1235), Settings(api_port=1235), id="a flag wins over what was"),
        pytest.param(None, Wishes(network="auto"), Settings(network="loopback"), id="auto takes what there is"),
        pytest.param(None, Wishes(profile="istio-1.4"), Settings(profile="istio-1.4"), id="a profile"),
    ],
)
def test_settings_are_chosen(before: Settings | None, wishes: Wishes, expected: Settings) -> None:
    assert choose_settings(before, wishes) == expected


def test_a_gateway_port_chosen_later_moves_the_gateway(control_plane: Home) -> None:
    port = read_settings(control_plane).gateway_port
    with ApiClient.from_kubeconfig(control_plane.kubeconfig) as client:
        move_gateway(client, port, 30999)
        moved = client.get(SERVICES, GATEWAY, ROOT_NAMESPACE)
        move_gateway(client, 30999, port)
        back = client.get(SERVICES, GATEWAY, ROOT_NAMESPACE)

    def node_ports(service: dict[str, object]) -> list[int]:
        return [one["nodePort"] for one in service["spec"]["ports"]]  # type: ignore[index]

    assert (node_ports(moved), node_ports(back)) == ([30999], [port])


def test_a_network_mode_that_is_not_there_is_refused_before_anything_starts(capsys: pytest.CaptureFixture[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="as-", dir="/tmp") as home:
        assert run(["--home", home, "up", "--network", "netns"]) == 1
        assert list(Path(home).iterdir()) == []

    assert "network: 'netns' is not available; available: loopback" in capsys.readouterr().err


def test_a_machine_is_looked_at_and_what_hinders_is_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["--home", str(tmp_path / "h"), "check"])
    found = capsys.readouterr().out

    assert "ok     Envoy 1." in found
    assert "start it with `airside up`" in found

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        home = tmp_path / "h"
        home.mkdir()
        port = taken.getsockname()[1]
        (home / "settings.json").write_text(Settings(api_port=port).print())
        assert run(["--home", str(home), "check"]) == 1
    assert f"FAILED port {port} (API) is taken by process" in capsys.readouterr().out


def test_down_where_nothing_is_is_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(tmp_path / "nowhere"), "down"]) == 0

    assert capsys.readouterr().out == "nothing was running\n"


def test_the_airports_files_are_found_beside_the_package_or_where_said(tmp_path: Path) -> None:
    assert (airport_files(None) / "istio" / "virt_svc_all.yaml").exists()
    with pytest.raises(CommandError, match="no k8s/ and istio/ here"):
        airport_files(tmp_path)
