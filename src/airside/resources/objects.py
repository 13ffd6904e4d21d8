"""What every object has: type, metadata, key; and the small parts many kinds share."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from airside.resources.fields import Bool, Int64, JsonObject, Part, StringMap, Time
from airside.resources.keys import ObjectKey


class OwnerReference(Part):
    """The object that this one goes with."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: Bool = False
    block_owner_deletion: Bool = False


class ObjectMeta(Part):
    """Name, labels and the bookkeeping of an object; of a pod template too, then mostly empty."""

    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    labels: StringMap = Field(default_factory=dict)
    annotations: StringMap = Field(default_factory=dict)
    uid: str = ""
    resource_version: str = ""
    generation: Int64 = 0
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None
    deletion_grace_period_seconds: Int64 | None = None
    owner_references: tuple[OwnerReference, ...] = ()
    finalizers: tuple[str, ...] = ()
    managed_fields: tuple[JsonObject, ...] = ()
    self_link: str = ""
    cluster_name: str = ""

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that manages this object, of at most one."""
        return next((owner for owner in self.owner_references if owner.controller), None)


class Object(Part):
    """A stored thing: base of all kinds."""

    api_version: str = ""
    kind: str = ""
    metadata: ObjectMeta = Field(default_factory=ObjectMeta)

    @property
    def key(self) -> ObjectKey:
        group, slash, _ = self.api_version.rpartition("/")
        return ObjectKey(group if slash else "", self.kind, self.metadata.namespace, self.metadata.name)

    @classmethod
    def of(cls, raw: JsonObject) -> Self:
        """The object of JSON that was accepted before. Raises pydantic's ValidationError for what nobody accepted."""
        return cls.model_validate(raw, by_alias=True, by_name=False)


class SelectorRequirement(Part):
    """One expression of a label selector."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: StringMap) -> bool:
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
            case _:
                return False


class LabelSelector(Part):
    """Labels and expressions, all of which must hold; an empty one holds for everything."""

    match_labels: StringMap = Field(default_factory=dict)
    match_expressions: tuple[SelectorRequirement, ...] = ()

    def matches(self, labels: StringMap) -> bool:
        return all(labels.get(name) == value for name, value in self.match_labels.items()) and all(
            requirement.matches(labels) for requirement in self.match_expressions
        )


class Condition(Part):
    """One line of a status: what holds, since when, why."""

    type: str = ""
    status: str = ""
    reason: str = ""
    message: str = ""
    observed_generation: Int64 | None = None
    last_transition_time: Time | None = None
    last_update_time: Time | None = None
    last_probe_time: Time | None = None
    last_heartbeat_time: Time | None = None


class ObjectReference(Part):
    """A pointer to an object, or to a part of one."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    field_path: str = ""


class LocalObjectReference(Part):
    """A pointer to an object of the same namespace."""

    name: str = ""
