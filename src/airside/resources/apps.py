"""The apps group: Deployment and ReplicaSet."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from airside.resources.fields import Bool, Int32, Int64, IntOrString, Part
from airside.resources.objects import Condition, LabelSelector, Object
from airside.resources.pod import PodTemplate


class RollingUpdate(Part):
    """How far a rollout may go over and under the wanted number: counts or percentages."""

    max_surge: IntOrString = "25%"
    max_unavailable: IntOrString = "25%"


class DeploymentStrategy(Part):
    """Replace pods little by little, or all at once."""

    type: Literal["RollingUpdate", "Recreate"] = "RollingUpdate"
    rolling_update: RollingUpdate | None = None


class DeploymentSpec(Part):
    """How many pods of which template, and how to change them."""

    selector: LabelSelector
    template: PodTemplate
    replicas: Int32 = 1
    strategy: DeploymentStrategy = Field(default_factory=DeploymentStrategy)
    min_ready_seconds: Int32 = 0
    revision_history_limit: Int32 = 10
    progress_deadline_seconds: Int32 = 600
    paused: Bool = False


class DeploymentStatus(Part):
    """How far it is, as the controller reports it."""

    observed_generation: Int64 = 0
    replicas: Int32 = 0
    updated_replicas: Int32 = 0
    ready_replicas: Int32 = 0
    available_replicas: Int32 = 0
    unavailable_replicas: Int32 = 0
    terminating_replicas: Int32 | None = None
    collision_count: Int32 | None = None
    conditions: tuple[Condition, ...] = ()


class Deployment(Object):
    """A number of equal pods, kept up and rolled over."""

    spec: DeploymentSpec
    status: DeploymentStatus = Field(default_factory=DeploymentStatus)


class ReplicaSetSpec(Part):
    """How many pods of which template."""

    selector: LabelSelector
    template: PodTemplate = Field(default_factory=PodTemplate)
    replicas: Int32 = 1
    min_ready_seconds: Int32 = 0


class ReplicaSetStatus(Part):
    """How many there are."""

    observed_generation: Int64 = 0
    replicas: Int32 = 0
    fully_labeled_replicas: Int32 = 0
    ready_replicas: Int32 = 0
    available_replicas: Int32 = 0
    terminating_replicas: Int32 | None = None
    conditions: tuple[Condition, ...] = ()


class ReplicaSet(Object):
    """One revision of a Deployment."""

    spec: ReplicaSetSpec
    status: ReplicaSetStatus = Field(default_factory=ReplicaSetStatus)
