"""Volumes where there is no file system of the pod's own: each is a directory, and paths below a mountPath in arguments and environment
are rewritten to it. Applications that take their paths from there, as twelve-factor ones do, need not know."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from airside.installation.home import Home, PodHome
from airside.resources.pod import Container, Pod
from airside.resources.volume import KeyToPath, Volume
from airside.runtime.environment import Sources, Unready, secret_data


@dataclass(frozen=True, slots=True)
class Mount:
    """A mountPath of a container, and the directory that stands for it."""

    path: str
    real: Path


@dataclass(frozen=True, slots=True)
class VolumePlan:
    """Directories to make, and files to write into them."""

    directories: Sequence[Path] = ()
    files: Mapping[Path, bytes] = field(default_factory=dict)


def place_of(volume: Volume, pod: Pod, home: Home) -> Path:
    """Where the volume lies: a host path as it says, a claim in the installation, all else with the pod."""
    if volume.host_path is not None:
        return Path(str(volume.host_path.get("path", "/")))
    if volume.persistent_volume_claim is not None:
        return home.volumes / pod.metadata.namespace / str(volume.persistent_volume_claim.get("claimName", volume.name))
    return PodHome(home.pods / pod.metadata.uid).work / "volumes" / volume.name


def mounts_of(pod: Pod, container: Container, home: Home) -> list[Mount]:
    """The longest path first, so that a mount inside another wins."""
    volumes = {volume.name: volume for volume in pod.spec.volumes}
    found = [
        Mount(mount.mount_path.rstrip("/"), place_of(volumes[mount.name], pod, home) / mount.sub_path)
        for mount in container.volume_mounts
        if mount.name in volumes
    ]
    return sorted(found, key=lambda mount: len(mount.path), reverse=True)


def relocate(text: str, mounts: Sequence[Mount]) -> str:
    """`text` with every path below a mountPath rewritten, also inside a URL (`sqlite:////data/app.db`)."""
    if not mounts:
        return text
    real = {mount.path: str(mount.real) for mount in mounts}
    pattern = re.compile(r"(?<![\w.-])(" + "|".join(re.escape(mount.path) for mount in mounts) + r")(?![\w.-])")
    return pattern.sub(lambda found: real[found[1]], text)


def plan_volumes(pod: Pod, sources: Sources, home: Home) -> VolumePlan:
    """What must lie there before a container starts. Raises Unready when a ConfigMap or Secret is missing."""
    directories: list[Path] = []
    files: dict[Path, bytes] = {}
    for volume in pod.spec.volumes:
        root = place_of(volume, pod, home)
        if volume.host_path is None:
            directories.append(root)
        for name, content in _contents(volume, sources).items():
            files[root / name] = content
    return VolumePlan(directories, files)


def _contents(volume: Volume, sources: Sources) -> dict[str, bytes]:
    if volume.config_map is not None:
        config = sources.config_maps.get(volume.config_map.name)
        if config is None and not volume.config_map.optional:
            raise Unready("CreateContainerConfigError", f'configmap "{volume.config_map.name}" not found')
        if config is None:
            return {}
        binary = {name: base64.b64decode(value) for name, value in config.binary_data.items()}
        return _select({**{name: value.encode() for name, value in config.data.items()}, **binary}, volume.config_map.items)
    if volume.secret is not None:
        secret = sources.secrets.get(volume.secret.secret_name)
        if secret is None and not volume.secret.optional:
            raise Unready("CreateContainerConfigError", f'secret "{volume.secret.secret_name}" not found')
        data = secret_data(secret) if secret is not None else {}
        return _select({name: value.encode(errors="surrogateescape") for name, value in data.items()}, volume.secret.items)
    return {}


def _select(data: Mapping[str, bytes], items: Sequence[KeyToPath]) -> dict[str, bytes]:
    if not items:
        return dict(data)
    return {item.path: data[item.key] for item in items if item.key in data and ".." not in Path(item.path).parts}
