"""A container's environment and command, as Kubernetes computes them and as loopback needs them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from runtime_pods import PLACE, container, pod

from airside.installation.home import Home
from airside.resources.core import ConfigMap, Secret
from airside.resources.pod import Pod
from airside.runtime.catalogue import Image
from airside.runtime.command import Command, Surroundings, build_command
from airside.runtime.environment import Sources, Unready, expand, referred
from airside.runtime.network import Loopback
from airside.runtime.sandbox import Desired
from airside.runtime.volumes import Mount, plan_volumes, relocate

HOME = Home(Path("/h"))
AROUND = Surroundings(
    HOME, Loopback(), [Image("shop/*", ("shop",), ("--all",), {"MODE": "image", "COLOUR": "red"}, "/srv")], {"PATH": "/bin"}, Path("/envoy")
)
CONFIG = ConfigMap.of({"metadata": {"name": "settings"}, "data": {"level": "high", "greeting": "hi"}})
SECRET = Secret.of({"metadata": {"name": "keys"}, "data": {"token": base64.b64encode(b"s3cret").decode()}})
SOURCES = Sources({"settings": CONFIG}, {"keys": SECRET})


def command_of(given: Pod, name: str = "app", sources: Sources = SOURCES) -> Command:
    wanted = next(each for each in Desired(given).containers if each.name == name)
    return build_command(given, wanted, PLACE, sources, AROUND)


def env_of(*variables: dict[str, object], **fields: object) -> dict[str, str]:
    return dict(command_of(pod(container(env=list(variables), **fields))).env)


EXPANSIONS = [
    pytest.param("a-$(A)", "a-1", id="a known name"),
    pytest.param("$(B)", "$(B)", id="an unknown name stays"),
    pytest.param("$$(A)", "$(A)", id="a doubled dollar is one"),
    pytest.param("$A ${A}", "$A ${A}", id="the shell's forms mean nothing"),
]


@pytest.mark.parametrize(("text", "wanted"), EXPANSIONS)
def test_variables_expand_as_in_kubernetes(text: str, wanted: str) -> None:
    assert expand(text, {"A": "1"}) == wanted


def test_a_variable_may_use_the_ones_before_it_only() -> None:
    env = env_of({"name": "A", "value": "$(B)"}, {"name": "B", "value": "2"}, {"name": "C", "value": "$(B)!"})

    assert (env["A"], env["C"]) == ("$(B)", "2!")


def test_the_downward_api_tells_of_the_pod() -> None:
    paths = {
        "NAME": "metadata.name",
        "NS": "metadata.namespace",
        "UID": "metadata.uid",
        "IP": "status.podIP",
        "NODE": "spec.nodeName",
        "SA": "spec.serviceAccountName",
        "APP": "metadata.labels['app']",
        "TEAM": "metadata.annotations['team']",
        "NONE": "metadata.labels['none']",
    }
    env = env_of(*({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in paths.items()))

    assert {name: env[name] for name in paths} == {
        "NAME": "cpanel-1",
        "NS": "default",
        "UID": "u-1",
        "IP": "127.20.0.1",
        "NODE": "airside",
        "SA": "default",
        "APP": "cpanel",
        "TEAM": "control",
        "NONE": "",
    }


def test_limits_are_told_in_units_of_the_divisor() -> None:
    limits = {"limits": {"memory": "128Mi", "cpu": "1500m"}}
    env = env_of(
        {"name": "MEM", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}}},
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        resources=limits,
    )

    assert (env["MEM"], env["CPU"]) == ("128", "2")


def test_config_maps_and_secrets_come_by_key_and_whole() -> None:
    env = env_of(
        {"name": "LEVEL", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "level"}}},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}},
        {"name": "MAYBE", "valueFrom": {"configMapKeyRef": {"name": "none", "key": "x", "optional": True}}},
        envFrom=[{"prefix": "S_", "configMapRef": {"name": "settings"}}],
    )

    assert (env["LEVEL"], env["TOKEN"], env["S_greeting"]) == ("high", "s3cret", "hi")
    assert "MAYBE" not in env


MISSING = [
    pytest.param({"configMapKeyRef": {"name": "none", "key": "x"}}, 'configmap "none" not found', id="no ConfigMap"),
    pytest.param(
        {"configMapKeyRef": {"name": "settings", "key": "x"}},
        "couldn't find key x in ConfigMap default/settings",
        id="no key in a ConfigMap",
    ),
    pytest.param({"secretKeyRef": {"name": "keys", "key": "x"}}, "couldn't find key x in Secret default/keys", id="no key in a Secret"),
    pytest.param({"fieldRef": {"fieldPath": "spec.colour"}}, "unsupported fieldPath: spec.colour", id="no such field"),
]


@pytest.mark.parametrize(("source", "message"), MISSING)
def test_what_is_missing_holds_the_container_back_in_kubelets_words(source: dict[str, object], message: str) -> None:
    with pytest.raises(Unready) as found:
        env_of({"name": "A", "valueFrom": source})

    assert found.value.reason == "CreateContainerConfigError"
    assert message in found.value.message


def test_in_loopback_the_app_is_told_where_to_listen_and_how_to_call_out() -> None:
    env = env_of()

    assert env["HOST"] == "127.0.0.1"
    assert env["PORT"] == env["HTTP_PORT"] == "20300"
    assert env["http_proxy"] == env["HTTP_PROXY"] == "http://127.20.0.1:15080"
    assert env["no_proxy"] == "localhost,127.0.0.1"


def test_a_port_written_in_the_yaml_gives_way_to_the_one_that_is_free() -> None:
    env = env_of({"name": "PORT", "value": "8080"}, {"name": "URL", "value": "http://localhost:$(PORT)"})

    assert (env["PORT"], env["URL"]) == ("20300", "http://localhost:20300")


def test_a_pod_without_a_sidecar_is_told_of_no_proxy() -> None:
    env = command_of(pod(sidecar=False)).env

    assert "http_proxy" not in env
    assert env["PORT"] == "20300"


def test_every_process_carries_the_marks_by_which_it_is_found() -> None:
    for name in ("app", "istio-proxy"):
        env = command_of(pod(), name).env
        assert (env["AIRSIDE_OWNER"], env["AIRSIDE_POD"], env["AIRSIDE_CONTAINER"]) == ("/h", "u-1", name)


def test_the_pods_env_comes_over_the_images() -> None:
    given = pod(container(image="shop/cart", command=[], env=[{"name": "MODE", "value": "pod"}]))

    command = command_of(given)

    assert command.argv == ("shop", "--all")
    assert (command.env["MODE"], command.env["COLOUR"]) == ("pod", "red")
    assert command.cwd == Path("/srv")


COMMANDS = [
    pytest.param({"command": ["a"], "args": ["$(PORT)"]}, ("a", "20300"), id="arguments expand"),
    pytest.param({"image": "shop/x", "command": []}, ("shop", "--all"), id="the image's command and arguments"),
    pytest.param({"image": "shop/x", "command": [], "args": ["b"]}, ("shop", "b"), id="the image's command, the pod's arguments"),
    pytest.param({"image": "shop/x", "command": ["a"]}, ("a",), id="the pod's command drops the image's arguments"),
]


@pytest.mark.parametrize(("fields", "argv"), COMMANDS)
def test_command_and_arguments_combine_as_in_kubernetes(fields: dict[str, object], argv: tuple[str, ...]) -> None:
    assert command_of(pod(container(**fields))).argv == argv


def test_an_unknown_image_without_a_command_shows_what_to_write() -> None:
    with pytest.raises(Unready) as found:
        command_of(pod(container(image="acme/rocket:v1", command=[])))

    assert found.value.reason == "UnknownImage"
    assert "/h/images.yaml" in found.value.message
    assert "- image: acme/rocket\n" in found.value.message


def test_the_sidecar_runs_envoy_with_its_bootstrap() -> None:
    argv = command_of(pod(), "istio-proxy").argv

    assert argv[:3] == ("/envoy", "--config-path", "/h/pods/u-1/envoy.json")


MOUNTS = [Mount("/data", Path("/r/data")), Mount("/etc/app", Path("/r/etc"))]
PATHS = [
    pytest.param("/data/x.db", "/r/data/x.db", id="below a mount"),
    pytest.param("/data", "/r/data", id="the mount itself"),
    pytest.param("sqlite:////data/x.db", "sqlite:////r/data/x.db", id="inside a URL"),
    pytest.param("--config=/etc/app/c.json", "--config=/r/etc/c.json", id="inside an argument"),
    pytest.param("/database/x", "/database/x", id="another directory that begins alike"),
    pytest.param("/my/data/x", "/my/data/x", id="deeper in another path"),
]


@pytest.mark.parametrize(("text", "wanted"), PATHS)
def test_paths_below_a_mount_are_rewritten_to_where_the_volume_lies(text: str, wanted: str) -> None:
    assert relocate(text, MOUNTS) == wanted


def test_volumes_become_directories_and_files() -> None:
    given = pod(
        container(
            volumeMounts=[{"name": "config", "mountPath": "/etc/app"}, {"name": "db", "mountPath": "/data"}],
            env=[{"name": "CONFIG", "value": "/etc/app/level"}, {"name": "DATABASE_URL", "value": "sqlite:////data/x.db"}],
        ),
        volumes=[{"name": "config", "configMap": {"name": "settings"}}, {"name": "db", "persistentVolumeClaim": {"claimName": "shared"}}],
    )

    env = command_of(given).env
    volumes = plan_volumes(given, SOURCES, HOME)

    assert env["CONFIG"] == "/h/pods/u-1/work/volumes/config/level"
    assert env["DATABASE_URL"] == "sqlite:////h/volumes/default/shared/x.db"
    assert volumes.files == {
        Path("/h/pods/u-1/work/volumes/config/level"): b"high",
        Path("/h/pods/u-1/work/volumes/config/greeting"): b"hi",
    }
    assert Path("/h/volumes/default/shared") in volumes.directories
    assert referred(given) == ({"settings"}, set())
