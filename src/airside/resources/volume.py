"""Volumes of a pod, by their sources."""

from __future__ import annotations

from pydantic import Field

from airside.resources.fields import Bool, Int32, JsonObject, Part


class KeyToPath(Part):
    """A key of a ConfigMap or Secret, and the file it becomes."""

    key: str
    path: str
    mode: Int32 | None = None


class ConfigMapVolume(Part):
    """The keys of a ConfigMap as files."""

    name: str = ""
    items: tuple[KeyToPath, ...] = ()
    default_mode: Int32 = 0o644
    optional: Bool = False


class SecretVolume(Part):
    """The keys of a Secret as files."""

    secret_name: str = ""
    items: tuple[KeyToPath, ...] = ()
    default_mode: Int32 = 0o644
    optional: Bool = False


class Volume(Part):
    """A directory of the pod; which source is set says what is in it. Sources that need a cluster stay opaque."""

    name: str
    empty_dir: JsonObject | None = None
    config_map: ConfigMapVolume | None = None
    secret: SecretVolume | None = None
    projected: JsonObject | None = None
    downward_api: JsonObject | None = Field(default=None, alias="downwardAPI")
    host_path: JsonObject | None = None
    persistent_volume_claim: JsonObject | None = None
    ephemeral: JsonObject | None = None
    image: JsonObject | None = None
    csi: JsonObject | None = None
    nfs: JsonObject | None = None
    iscsi: JsonObject | None = None
    fc: JsonObject | None = None
    git_repo: JsonObject | None = None
    rbd: JsonObject | None = None
    cephfs: JsonObject | None = None
    cinder: JsonObject | None = None
    glusterfs: JsonObject | None = None
    flex_volume: JsonObject | None = None
    flocker: JsonObject | None = None
    quobyte: JsonObject | None = None
    portworx_volume: JsonObject | None = None
    scale_io: JsonObject | None = Field(default=None, alias="scaleIO")
    storageos: JsonObject | None = None
    vsphere_volume: JsonObject | None = None
    photon_persistent_disk: JsonObject | None = None
    azure_disk: JsonObject | None = None
    azure_file: JsonObject | None = None
    aws_elastic_block_store: JsonObject | None = None
    gce_persistent_disk: JsonObject | None = None
