"""Pods as processes: brought up, probed, restarted, stopped. Real processes, no Envoy."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest
from agent_rig import Rig

from airside.agent.process import Yard
from airside.installation import process
from airside.resources.core import ConfigMap
from airside.resources.pod import ContainerStatus
from airside.runtime.network import APP_PORTS_ANNOTATION

pytestmark = pytest.mark.integration


def only(rig: Rig, uid: str) -> ContainerStatus:
    """How its first container does; one of which nothing is known yet otherwise."""
    return next(iter(rig.api.pod(uid).status.container_statuses), ContainerStatus(name=""))


async def test_a_pod_becomes_a_process_that_is_ready_when_its_probe_says_so(rig: Rig) -> None:
    uid = await rig.create(rig.server())
    await rig.ready(uid)

    pod = rig.api.pod(uid)
    assert pod.status.phase == "Running"
    assert pod.status.pod_ip.startswith(f"127.{rig.claim.subnet}.")
    assert pod.metadata.annotations[APP_PORTS_ANNOTATION] == f'{{"8080": {rig.record(uid).port}}}'
    assert process.is_alive(rig.record(uid).process)
    assert "served /ready" in rig.home.pod(uid).log("app").read_text()


async def test_the_address_is_known_before_anything_runs(rig: Rig) -> None:
    rig.api.away = True
    uid = await rig.create(rig.server())
    await asyncio.sleep(0)  # the agent hears of it
    assert not rig.home.pod(uid).container("app").exists()

    rig.api.away = False
    await rig.ready(uid)


async def test_a_pod_without_probes_is_ready_when_it_runs(rig: Rig) -> None:
    uid = await rig.create(rig.shell("exec sleep 60"))

    await rig.ready(uid)


async def test_exec_and_tcp_probes_are_put_to_the_app(rig: Rig) -> None:
    by_tcp = await rig.create(rig.server(readinessProbe={"tcpSocket": {"port": 8080}}))
    by_file = await rig.create(rig.shell("touch here; exec sleep 60", readinessProbe={"exec": {"command": ["test", "-e", "here"]}}))

    await rig.ready(by_tcp)
    await rig.ready(by_file)


async def test_a_probe_that_fails_takes_the_pod_out_and_one_that_succeeds_brings_it_back(rig: Rig) -> None:
    probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}
    uid = await rig.create(rig.server(readinessProbe=probe))
    await rig.ready(uid)
    (rig.work(uid) / "ill").touch()
    await rig.api.until(lambda: not rig.api.pod(uid).ready)
    (rig.work(uid) / "ill").unlink()
    await rig.ready(uid)

    assert only(rig, uid).restart_count == 0
    assert any("statuscode: 503" in str(event["message"]) for event in rig.api.events.values())


async def test_a_container_that_fails_its_liveness_probe_is_restarted(rig: Rig) -> None:
    probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1, "failureThreshold": 3}
    uid = await rig.create(rig.server(livenessProbe=probe))
    await rig.ready(uid)
    (rig.work(uid) / "ill").touch()
    await rig.api.until(lambda: only(rig, uid).restart_count == 1)
    (rig.work(uid) / "ill").unlink()
    await rig.ready(uid)

    assert (rig.work(uid) / "bye").exists()  # it was asked before it was made to
    await rig.api.until(lambda: {"Unhealthy", "Killing", "Started"} <= rig.api.reasons(uid))


async def test_a_startup_probe_holds_the_others_back(rig: Rig) -> None:
    uid = await rig.create(
        rig.shell(
            "sleep 0.5; touch up; exec sleep 60",
            startupProbe={"exec": {"command": ["test", "-e", "up"]}, "periodSeconds": 1, "failureThreshold": 30},
            livenessProbe={"exec": {"command": ["test", "-e", "up"]}, "periodSeconds": 1, "failureThreshold": 1},
        )
    )
    await rig.ready(uid)

    assert only(rig, uid).restart_count == 0


async def test_a_crash_loop_backs_off_and_keeps_the_last_log(rig: Rig) -> None:
    uid = await rig.create(rig.shell("echo at $$; exit 3"))
    await rig.api.until(lambda: only(rig, uid).restart_count >= 2)
    await rig.api.until(lambda: (waiting := only(rig, uid).state.waiting) is not None and waiting.reason == "CrashLoopBackOff")

    last = only(rig, uid).last_state.terminated
    assert last is not None and last.exit_code == 3
    assert rig.home.pod(uid).previous_log("app").read_text().startswith("at ")
    await rig.api.until(lambda: "BackOff" in rig.api.reasons(uid))


async def test_a_command_that_does_not_exist_says_so_and_disturbs_nobody(rig: Rig) -> None:
    broken = await rig.create({"name": "app", "image": "x", "command": ["no-such-command"]})
    well = await rig.create(rig.server())
    await rig.ready(well)
    await rig.api.until(
        lambda: only(rig, broken).state.waiting is not None and only(rig, broken).state.waiting.reason == "RunContainerError"
    )

    waiting = only(rig, broken).state.waiting
    assert waiting is not None and waiting.message == 'exec: "no-such-command": executable file not found in $PATH'
    await rig.api.until(lambda: "Failed" in rig.api.reasons(broken))


async def test_a_working_directory_that_does_not_exist_says_so(rig: Rig) -> None:
    uid = await rig.create(rig.shell("true", workingDir="/no/such/place"))
    await rig.api.until(lambda: only(rig, uid).state.waiting is not None and "/no/such/place" in only(rig, uid).state.waiting.message)


async def test_a_missing_config_map_is_waited_for(rig: Rig) -> None:
    uid = await rig.create(rig.shell('test "$LEVEL" = high && exec sleep 60', envFrom=[{"configMapRef": {"name": "settings"}}]))
    await rig.api.until(
        lambda: only(rig, uid).state.waiting is not None and only(rig, uid).state.waiting.reason == "CreateContainerConfigError"
    )
    rig.api.maps["settings"] = ConfigMap.of({"metadata": {"name": "settings"}, "data": {"LEVEL": "high"}})

    await rig.ready(uid)


async def test_config_maps_are_files_where_the_variables_say(rig: Rig) -> None:
    rig.api.maps["settings"] = ConfigMap.of({"metadata": {"name": "settings"}, "data": {"level": "high"}})
    uid = await rig.create(
        rig.shell(
            'test "$(cat $CONFIG)" = high && exec sleep 60',
            env=[{"name": "CONFIG", "value": "/etc/app/level"}],
            volumeMounts=[{"name": "config", "mountPath": "/etc/app"}],
        ),
        volumes=[{"name": "config", "configMap": {"name": "settings"}}],
    )

    await rig.ready(uid)


async def test_init_containers_run_to_their_end_one_after_another(rig: Rig) -> None:
    uid = await rig.create(
        rig.shell("test -e two && exec sleep 60"),
        initContainers=[
            {"name": "first", "image": "x", "command": ["sh", "-c", "touch one"]},
            {"name": "second", "image": "x", "command": ["sh", "-c", "test -e one && touch two"]},
        ],
    )
    await rig.ready(uid)

    assert [each.restart_count for each in rig.api.pod(uid).status.init_container_statuses] == [0, 0]


async def test_a_pod_that_is_not_to_be_restarted_succeeds_or_fails(rig: Rig) -> None:
    good = await rig.create(rig.shell("exit 0"), restartPolicy="Never")
    bad = await rig.create(rig.shell("exit 4"), restartPolicy="Never")

    await rig.api.until(lambda: rig.api.pod(good).status.phase == "Succeeded")
    await rig.api.until(lambda: rig.api.pod(bad).status.phase == "Failed")
    terminated = only(rig, bad).state.terminated
    assert terminated is not None and (terminated.exit_code, terminated.reason) == (4, "Error")


async def test_a_leaving_pod_is_asked_and_then_removed(rig: Rig) -> None:
    uid = await rig.create(rig.shell("trap 'touch bye; cp bye ../../../bye; exit 0' TERM; while :; do sleep 0.05; done"))
    await rig.ready(uid)
    record = rig.record(uid)
    await rig.api.leave(uid)
    await rig.gone(uid)

    assert (rig.home.root / "bye").exists()
    assert not process.is_alive(record.process)


async def test_who_does_not_listen_is_killed_when_the_grace_is_over(rig: Rig) -> None:
    uid = await rig.create(
        rig.shell("trap '' TERM; touch set; while :; do sleep 0.05; done", readinessProbe={"exec": {"command": ["test", "-e", "set"]}})
    )
    await rig.ready(uid)
    record, began = rig.record(uid), time.monotonic()
    await rig.api.leave(uid, grace=1)
    await rig.gone(uid)

    assert time.monotonic() - began >= 1
    assert not process.is_alive(record.process)


async def test_children_that_an_app_leaves_behind_go_with_its_container(rig: Rig) -> None:
    uid = await rig.create(rig.shell("setsid sleep 300 & echo $! > child; exit 0"), restartPolicy="Never")
    await rig.api.until(lambda: rig.api.pod(uid).status.phase == "Succeeded")

    child = int((rig.work(uid) / "child").read_text())
    assert not process.wait_gone([child], 5)


async def test_a_pod_erased_from_the_api_is_ended_at_once(rig: Rig) -> None:
    uid = await rig.create(rig.shell("trap '' TERM; while :; do sleep 0.05; done"))
    await rig.ready(uid)
    record = rig.record(uid)
    await rig.api.erase(uid)

    assert not await asyncio.to_thread(process.wait_gone, [record.pid], 10)


async def test_an_app_killed_from_outside_is_started_again(rig: Rig) -> None:
    uid = await rig.create(rig.server())
    await rig.ready(uid)
    os.kill(rig.record(uid).pid, signal.SIGKILL)
    await rig.api.until(lambda: only(rig, uid).restart_count == 1)
    await rig.ready(uid)

    last = only(rig, uid).last_state.terminated
    assert last is not None and (last.exit_code, last.signal) == (137, 9)


async def test_an_app_that_ignores_its_port_is_told_what_to_do(rig: Rig) -> None:
    uid = await rig.create(rig.server(env=[{"name": "WRONG", "value": "20099"}], readinessProbe=None))
    await rig.api.until(lambda: rig.api.pod(uid).status.reason == "PortIgnored")

    pod = rig.api.pod(uid)
    assert "listens on 127.0.0.1:20099" in pod.status.message
    assert not pod.ready
    await rig.api.until(lambda: "PortIgnored" in rig.api.reasons(uid))


async def test_an_app_on_all_addresses_is_warned_but_serves(rig: Rig) -> None:
    script = "import http.server as h, os; h.HTTPServer(('', int(os.environ['PORT'])), h.SimpleHTTPRequestHandler).serve_forever()"
    uid = await rig.create(rig.server(command=["python", "-c", script], readinessProbe={"tcpSocket": {"port": 8080}}))
    await rig.ready(uid)
    await rig.api.until(lambda: "WildcardAddress" in rig.api.reasons(uid))

    assert rig.api.pod(uid).ready


async def test_what_happened_while_the_api_was_away_is_told_when_it_is_back(rig: Rig) -> None:
    uid = await rig.create(rig.server())
    await rig.ready(uid)
    rig.api.away = True
    os.kill(rig.record(uid).pid, signal.SIGKILL)
    first = rig.record(uid).pid
    while rig.record(uid).pid in (0, first):  # noqa: ASYNC110 - the agent goes on without anyone it could tell
        await asyncio.sleep(0.02)
    rig.api.away = False

    await rig.api.until(lambda: only(rig, uid).restart_count == 1)
    await rig.ready(uid)


async def test_an_app_that_wants_its_sidecars_port_is_told_what_to_do(rig: Rig) -> None:
    script = "import sys; sys.exit('OSError: [Errno 98] Address already in use')"  # what it says when the sidecar is there first
    uid = await rig.create(rig.server(command=["python", "-c", script]))
    await rig.api.until(lambda: (waiting := only(rig, uid).state.waiting) is not None and "Make it read PORT" in waiting.message)

    last = only(rig, uid).last_state.terminated
    assert last is not None and "Address already in use" in last.message
    await rig.api.until(lambda: "PortIgnored" in rig.api.reasons(uid))


async def test_what_is_asked_for_in_vain_is_named(rig: Rig) -> None:
    hook = {"preStop": {"exec": {"command": ["sleep", "5"]}}}
    uid = await rig.create(rig.shell("exec sleep 60", lifecycle=hook), volumes=[{"name": "scratch", "nfs": {"server": "x", "path": "/"}}])
    await rig.ready(uid)
    await rig.api.until(lambda: "Unsupported" in rig.api.reasons(uid))

    messages = " ".join(str(event["message"]) for event in rig.api.events.values())
    assert "lifecycle.preStop has no effect" in messages
    assert "volume scratch" in messages


async def test_a_long_log_makes_way_while_its_writer_goes_on(rig: Rig) -> None:
    script = "head -c 11000000 /dev/zero | tr '\\0' x; touch full; while :; do echo more; sleep 0.01; done"
    uid = await rig.create(rig.shell(script, readinessProbe={"exec": {"command": ["test", "-e", "full"]}}))
    await rig.ready(uid)
    yard = Yard(rig.home, uid)
    yard.trim_logs()

    while not yard.last_words("app").endswith("more"):  # noqa: ASYNC110 - a log tells nobody that it grows
        await asyncio.sleep(0.01)
    assert yard.paths.log("app").stat().st_size < 1_000_000
    assert yard.paths.rotated_log("app").stat().st_size >= 11_000_000


async def test_pods_for_which_there_is_no_port_wait_and_say_so(rig: Rig) -> None:
    many = [{"containerPort": port} for port in range(1, len(rig.claim.ports) + 2)]
    uid = await rig.create(rig.server(ports=many))
    await rig.api.until(lambda: rig.api.pod(uid).status.reason == "NoPlace")

    assert "no port between" in rig.api.pod(uid).status.message
    other = await rig.create(rig.server())
    await rig.ready(other)


async def test_a_pod_whose_directory_cannot_be_made_disturbs_nobody(rig: Rig) -> None:
    uid = "not-a-directory"
    rig.home.pod(uid).root.touch()
    metadata = {"name": "stuck", "namespace": "default", "uid": uid}
    await rig.api.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [rig.server()]}})
    await rig.api.until(lambda: rig.api.pod(uid).status.reason == "NoPlace")
    other = await rig.create(rig.server())

    await rig.ready(other)
