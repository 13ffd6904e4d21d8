"""An agent that takes over what an earlier one left."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from agent_rig import Rig

from airside.agent.process import Yard
from airside.installation import process
from airside.installation.home import Home
from airside.resources.pod import ContainerStatus

pytestmark = pytest.mark.integration


def only(rig: Rig, uid: str) -> ContainerStatus:
    """How its first container does; one of which nothing is known yet otherwise."""
    return next(iter(rig.api.pod(uid).status.container_statuses), ContainerStatus(name=""))


async def test_pods_run_on_without_an_agent_and_are_adopted_by_the_next(rig: Rig) -> None:
    uid = await rig.create(rig.server())
    await rig.ready(uid)
    before = rig.record(uid)
    address = rig.api.pod(uid).status.pod_ip
    await rig.end()
    assert process.is_alive(before.process)

    await rig.begin()
    other = await rig.create(rig.server())
    await rig.ready(other)

    assert rig.record(uid) == before
    assert (only(rig, uid).restart_count, rig.api.pod(uid).status.pod_ip) == (0, address)
    assert rig.api.pod(uid).ready, "an agent's restart must not take a ready pod out of service"
    assert rig.api.pod(other).status.pod_ip != address


async def test_an_adopted_process_is_watched_to_its_end(rig: Rig) -> None:
    uid = await rig.create(rig.server())
    await rig.ready(uid)
    await rig.end()
    await rig.begin()
    os.kill(rig.record(uid).pid, signal.SIGKILL)

    await rig.api.until(lambda: only(rig, uid).restart_count == 1)
    await rig.ready(uid)


async def test_what_ended_while_nobody_watched_is_started_again(rig: Rig) -> None:
    uid = await rig.create(rig.server(), rig.shell("exec sleep 300") | {"name": "second"})
    await rig.ready(uid)
    await rig.end()
    os.kill(rig.record(uid).pid, signal.SIGKILL)
    process.wait_gone([rig.record(uid).pid], 5)
    second = rig.record(uid, "second")

    await rig.begin()
    await rig.api.until(lambda: only(rig, uid).restart_count == 1)
    await rig.ready(uid)

    last = only(rig, uid).last_state.terminated
    assert last is not None and last.reason == "ContainerStatusUnknown"
    assert rig.record(uid, "second") == second


async def test_after_a_reboot_pods_begin_anew_in_order(rig: Rig) -> None:
    uid = await rig.create(rig.server(), initContainers=[{"name": "count", "image": "x", "command": ["sh", "-c", "echo run >> runs"]}])
    await rig.ready(uid)
    await rig.end()
    os.kill(rig.record(uid).pid, signal.SIGKILL)
    process.wait_gone([rig.record(uid).pid], 5)

    await rig.begin()
    await rig.api.until(lambda: only(rig, uid).restart_count == 1)
    await rig.ready(uid)

    assert (rig.work(uid) / "runs").read_text().split() == ["run", "run"]


async def test_a_process_whose_record_was_never_finished_is_found_by_its_marks(rig: Rig) -> None:
    uid = await rig.create(rig.server())
    await rig.ready(uid)
    record = rig.record(uid)
    await rig.end()
    unfinished = replace(record, pid=0, start=0)  # the agent died between start and record
    rig.home.pod(uid).container("app").write_text(unfinished.print())

    await rig.begin()
    other = await rig.create(rig.server())
    await rig.ready(other)

    assert rig.record(uid).pid == record.pid
    assert only(rig, uid).restart_count == 0


async def test_a_pid_that_is_another_processs_now_is_not_taken_for_ours(rig: Rig) -> None:
    uid = await rig.create(rig.server())
    await rig.ready(uid)
    await rig.end()
    record = rig.record(uid)
    os.kill(record.pid, signal.SIGKILL)
    process.wait_gone([record.pid], 5)
    rig.home.pod(uid).container("app").write_text(replace(record, pid=os.getpid()).print())

    await rig.begin()
    await rig.api.until(lambda: only(rig, uid).restart_count == 1)
    await rig.ready(uid)


async def test_pods_deleted_while_nobody_watched_are_ended_and_removed(rig: Rig) -> None:
    leaving = await rig.create(rig.server())
    erased = await rig.create(rig.server())
    await rig.ready(leaving)
    await rig.ready(erased)
    records = [rig.record(leaving), rig.record(erased)]
    await rig.end()
    await rig.api.leave(leaving)
    await rig.api.erase(erased)

    await rig.begin()
    await rig.gone(leaving)

    assert not await asyncio.to_thread(process.wait_gone, [record.pid for record in records], 10)


async def test_a_finished_pod_is_not_run_again(rig: Rig) -> None:
    uid = await rig.create(rig.shell("echo run >> ../../../runs"), restartPolicy="Never")
    await rig.api.until(lambda: rig.api.pod(uid).status.phase == "Succeeded")
    await rig.end()
    await rig.begin()
    other = await rig.create(rig.server())
    await rig.ready(other)

    assert (rig.home.root / "runs").read_text() == "run\n"
    assert rig.api.pod(uid).status.phase == "Succeeded"


async def test_ports_of_the_claim_are_given_to_apps(rig: Rig) -> None:
    uid = await rig.create(rig.server())
    await rig.ready(uid)

    assert rig.record(uid).port in rig.claim.ports


def test_a_pods_directory_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.pods.mkdir()
    Yard(home, "u-1").prepare()

    assert [oct(path.stat().st_mode & 0o777) for path in (home.pod("u-1").root, home.pod("u-1").work)] == ["0o700", "0o700"]
