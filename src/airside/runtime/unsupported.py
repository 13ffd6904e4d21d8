"""What a pod asks for that processes on a shared machine do not get: named, never passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator

from airside.resources.pod import Container, Pod, Probe
from airside.resources.volume import Volume

MATERIALISED = ("empty_dir", "config_map", "secret", "host_path", "persistent_volume_claim")


def unsupported(pod: Pod) -> list[str]:
    """A sentence each. Limits and security contexts are not listed: they bound a container and do not change what it does."""
    found = [
        f"volume {volume.name}: its source is not supported; the directory stays empty"
        for volume in pod.spec.volumes
        if not _is_made(volume)
    ]
    for container in (*pod.spec.init_containers, *pod.spec.containers):
        found += _container(container)
    return found


def _is_made(volume: Volume) -> bool:
    return any(getattr(volume, source) is not None for source in MATERIALISED)


def _container(container: Container) -> Iterator[str]:
    lifecycle = container.lifecycle
    if lifecycle is not None and lifecycle.post_start is not None:
        yield f"container {container.name}: lifecycle.postStart has no effect"
    if lifecycle is not None and lifecycle.pre_stop is not None:
        yield f"container {container.name}: lifecycle.preStop has no effect; the sidecar sends callers away before the container is stopped"
    probes: dict[str, Probe | None] = {
        "livenessProbe": container.liveness_probe,
        "readinessProbe": container.readiness_probe,
        "startupProbe": container.startup_probe,
    }
    for name, probe in probes.items():
        if probe is not None and probe.grpc is not None:
            yield f"container {container.name}: {name}.grpc only asks whether the port is open"
