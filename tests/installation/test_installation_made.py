"""What an installation is on disk, what it claims of the machine, and what stands in its way."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from installation_rig import installation, short_directory

from airside.installation import process
from airside.installation.errors import NotReady, PortTaken, Unavailable
from airside.installation.home import Home
from airside.installation.registry.run import claim, read_claim, release
from airside.installation.run import at, install, read_settings, start, stop
from airside.installation.settings import Settings

pytestmark = pytest.mark.integration


def test_secrets_are_for_their_owner_alone(home: Home) -> None:
    for path in (home.token, home.kubeconfig, home.pki / "ca.key", home.pki / "apiserver.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700


@pytest.mark.e2e
@pytest.mark.envoy
def test_everything_of_an_installation_is_for_its_owner_alone(home: Home) -> None:
    with short_directory() as registry:
        start(home, registry)
        try:
            modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in home.root.rglob("*")}
        finally:
            stop(home, registry)

    assert {home.xds_socket, home.database, home.run / "lock"} <= modes.keys()
    assert {path: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}


def test_a_registry_that_is_a_link_is_refused_and_what_it_leads_to_is_left_alone(home: Home) -> None:
    with short_directory() as parent:
        mine = parent / "mine"
        mine.mkdir(mode=0o700)
        (parent / "registry").symlink_to(mine)

        with pytest.raises(Unavailable, match="registry must be a directory"):
            claim(home, parent / "registry")
        assert stat.S_IMODE(mine.stat().st_mode) == 0o700


@pytest.mark.parametrize("lead", [Path.symlink_to, Path.hardlink_to], ids=["a symbolic link", "a hard link"])
def test_a_lock_that_leads_to_another_file_does_not_open_that_to_all(home: Home, lead: Callable[[Path, Path], None]) -> None:
    with short_directory() as registry:
        secret = registry / "secret"
        secret.touch(mode=0o600)
        lead(registry / "lock", secret)

        with contextlib.suppress(OSError):
            claim(home, registry)
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_installing_again_keeps_authority_and_token(home: Home) -> None:
    before = [(home.pki / "ca.crt").read_bytes(), home.token.read_text(), (home.pki / "apiserver.crt").read_bytes()]
    changed = Settings(gateway_port=31111, console_port=31112, api_port=31113)

    install(home, changed)

    assert [(home.pki / "ca.crt").read_bytes(), home.token.read_text(), (home.pki / "apiserver.crt").read_bytes()] == before
    assert read_settings(home) == changed
    assert "https://127.0.0.1:31113" in home.kubeconfig.read_text()


def test_a_home_too_deep_for_sockets_is_refused_by_length() -> None:
    with short_directory() as root, pytest.raises(Unavailable, match=r"\d+ bytes too long .* AIRSIDE_HOME"):
        install(at(root / ("deep" * 20)), Settings())


def test_without_an_installation_there_are_no_settings() -> None:
    with short_directory() as root, pytest.raises(Unavailable, match="airside up"):
        read_settings(at(root))


def _claim(root: str, registry: str) -> tuple[int, int]:
    found = claim(at(Path(root)), Path(registry))
    return found.subnet, found.block


def test_installations_that_claim_at_the_same_time_get_different_ranges() -> None:
    with short_directory() as registry, short_directory() as parent:
        roots = [parent / str(number) for number in range(8)]
        for number, root in enumerate(roots):
            install(at(root), Settings(20000 + number, 21000 + number, 22000 + number))
        with multiprocessing.get_context("spawn").Pool(4) as pool:
            found = pool.starmap(_claim, [(str(root), str(registry)) for root in roots])

    assert len({subnet for subnet, _ in found}) == len({block for _, block in found}) == 8


def test_a_claim_is_kept_until_released_and_one_of_a_removed_home_is_free_again() -> None:
    with short_directory() as registry, installation() as first:
        with installation() as second:
            mine, theirs = claim(first, registry, tuple), claim(second, registry, tuple)
            assert claim(first, registry, tuple) == mine
            assert theirs.subnet != mine.subnet
        with installation() as third:
            assert claim(third, registry, tuple).subnet == theirs.subnet  # its home is gone
        release(first, registry)
        release(first, registry)
        assert read_claim(first) is None
        with installation() as fourth:
            assert claim(fourth, registry, tuple).subnet == mine.subnet


def test_a_range_that_someone_uses_is_not_claimed_whatever_the_registry_says() -> None:
    with short_directory() as registry, installation() as first, installation() as second:
        mine = claim(first, registry)
        with socket.socket() as pod:
            pod.bind((mine.address(1), 0))
            pod.listen()
            for file in registry.glob("*.claim"):  # swept away
                file.unlink()

            assert claim(second, registry).subnet != mine.subnet
            assert claim(first, registry) == mine


def test_giving_a_claim_back_leaves_another_installations_alone() -> None:
    with short_directory() as registry, installation() as first, installation() as second:
        mine = claim(first, registry, tuple)
        for file in registry.glob("*.claim"):
            file.unlink()
        theirs = claim(second, registry, tuple)
        assert theirs.subnet == mine.subnet

        release(first, registry)

        assert claim(second, registry, tuple) == theirs
        assert len(list(registry.glob("*.claim"))) == 1


def test_a_taken_port_is_named_with_its_taker_before_anything_is_started(home: Home) -> None:
    with short_directory() as registry, socket.socket() as taker:
        taker.bind(("127.0.0.1", read_settings(home).gateway_port))
        taker.listen()

        with pytest.raises(PortTaken) as found:
            start(home, registry)

    assert f"port {read_settings(home).gateway_port} (gateway) is taken by process {os.getpid()}" in str(found.value)
    assert not process.owned(home.root)
    assert not list(home.logs.iterdir())
    assert read_claim(home) is None


def test_a_wildcard_listener_takes_the_port_too(home: Home) -> None:
    with short_directory() as registry, socket.socket() as taker:
        taker.bind(("", read_settings(home).api_port))
        taker.listen()

        with pytest.raises(PortTaken, match=r"\(API\)"):
            start(home, registry)


def test_a_process_that_ends_before_it_is_ready_is_shown_by_its_log(home: Home) -> None:
    home.database.mkdir()  # where a file must be
    with short_directory() as registry, pytest.raises(NotReady, match="the end of .*control-plane.log") as found:
        start(home, registry)

    assert str(home.database) in str(found.value)
    assert not process.owned(home.root)
    assert read_claim(home) is None
