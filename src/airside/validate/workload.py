"""Rules of Deployment and ReplicaSet, in Kubernetes' words."""

from __future__ import annotations

import re

from airside.resources.apps import Deployment, DeploymentSpec, ReplicaSet
from airside.resources.objects import LabelSelector
from airside.resources.pod import PodTemplate
from airside.validate.finding import Finding, Findings
from airside.validate.metadata import check_labels, check_selector
from airside.validate.names import invalid
from airside.validate.pod import NOT_NEGATIVE, check_pod_spec


def check_deployment(deployment: Deployment) -> Findings:
    spec = deployment.spec
    yield from _check_template(spec.selector, spec.template)
    for field, value in (
        ("replicas", spec.replicas),
        ("minReadySeconds", spec.min_ready_seconds),
        ("revisionHistoryLimit", spec.revision_history_limit),
        ("progressDeadlineSeconds", spec.progress_deadline_seconds),
    ):
        if value < 0:
            yield Finding("AIR1012", f"spec.{field}", invalid(value, NOT_NEGATIVE))
    if spec.progress_deadline_seconds <= spec.min_ready_seconds:
        yield Finding(
            "AIR1012", "spec.progressDeadlineSeconds", invalid(spec.progress_deadline_seconds, "must be greater than minReadySeconds")
        )
    yield from _check_strategy(spec)


def check_replica_set(replica_set: ReplicaSet) -> Findings:
    yield from _check_template(replica_set.spec.selector, replica_set.spec.template)
    if replica_set.spec.replicas < 0:
        yield Finding("AIR1012", "spec.replicas", invalid(replica_set.spec.replicas, NOT_NEGATIVE))


def _check_template(selector: LabelSelector, template: PodTemplate) -> Findings:
    yield from check_selector(selector, "spec.selector")
    labels = template.metadata.labels
    if not selector.match_labels and not selector.match_expressions:
        yield Finding("AIR1011", "spec.selector", "Invalid value: empty selector is invalid for deployment")
    elif not selector.matches(labels):
        shown = ", ".join(f"{key}={value}" for key, value in sorted(labels.items())) or "no labels"
        yield Finding("AIR1010", "spec.template.metadata.labels", f"Invalid value: {shown}: `selector` does not match template `labels`")
    yield from check_labels(labels, "spec.template.metadata.labels")
    yield from check_pod_spec(template.spec, "spec.template.spec")
    if template.spec.restart_policy != "Always":
        text = f'Unsupported value: "{template.spec.restart_policy}": supported values: "Always"'
        yield Finding("AIR1014", "spec.template.spec.restartPolicy", text)


_PERCENT = re.compile("[0-9]+%")


def _check_strategy(spec: DeploymentSpec) -> Findings:
    rolling = spec.strategy.rolling_update
    path = "spec.strategy.rollingUpdate"
    if rolling is None:
        return
    if spec.strategy.type == "Recreate":
        yield Finding("AIR1013", path, "Forbidden: may not be specified when strategy `type` is 'Recreate'")
        return
    for field, value in (("maxSurge", rolling.max_surge), ("maxUnavailable", rolling.max_unavailable)):
        if isinstance(value, str):
            if not _PERCENT.fullmatch(value):
                text = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%')"
                yield Finding("AIR1013", f"{path}.{field}", invalid(value, text))
            elif field == "maxUnavailable" and int(value[:-1]) > 100:
                yield Finding("AIR1013", f"{path}.{field}", invalid(value, "must not be greater than 100%"))
        elif value < 0:
            yield Finding("AIR1013", f"{path}.{field}", invalid(value, NOT_NEGATIVE))
    if _is_zero(rolling.max_surge) and _is_zero(rolling.max_unavailable):
        yield Finding("AIR1013", f"{path}.maxUnavailable", invalid(rolling.max_unavailable, "may not be 0 when `maxSurge` is 0"))


def _is_zero(value: int | str) -> bool:
    return value in (0, "0%")
