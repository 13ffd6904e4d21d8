"""What a log request means: which container of the pod, and which part of its log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from airside.apiserver.pod_status import part, parts
from airside.apiserver.status import ApiError, Cause, bad_request

Raw = Mapping[str, object]
SIDECARS = frozenset({"istio-proxy"})
_TRUE = frozenset({"1", "true", "True"})
_WITHOUT_TIMES = ("timestamps", "sinceSeconds", "sinceTime")


@dataclass(frozen=True, slots=True)
class LogRequest:
    """`tail`: only so many lines from the end; `limit`: at most so many bytes."""

    container: str
    follow: bool
    previous: bool
    tail: int | None
    limit: int | None


def parse_log_request(pod: Raw, query: Mapping[str, str]) -> LogRequest:
    """Raises ApiError when no container, or not one, is meant."""
    name = str(part(pod, "metadata").get("name", ""))
    return LogRequest(
        container=choose_container(pod, query.get("container", "")),
        follow=query.get("follow", "") in _TRUE,
        previous=query.get("previous", "") in _TRUE,
        tail=_count(name, query, "tailLines"),
        limit=_count(name, query, "limitBytes"),
    )


def warn_of_times(query: Mapping[str, str]) -> list[str]:
    """A log is the file that the process writes into itself, so nobody notes when a line came."""
    asked = [name for name in _WITHOUT_TIMES if query.get(name, "") not in ("", "0", "false")]
    return [f"{', '.join(asked)}: no effect, lines are kept without their times; tailLines has one"] if asked else []


def choose_container(pod: Raw, asked: str) -> str:
    """The named container, or the only one that is not a sidecar."""
    name = part(pod, "metadata").get("name")
    spec = part(pod, "spec")
    names = [str(container.get("name")) for field in ("containers", "initContainers") for container in parts(spec, field)]
    if asked:
        if asked not in names:
            raise bad_request(f"container {asked} is not valid for pod {name}")
        return asked
    annotated = part(part(pod, "metadata"), "annotations").get("kubectl.kubernetes.io/default-container")
    if annotated in names:
        return str(annotated)
    main = [str(container.get("name")) for container in parts(spec, "containers") if container.get("name") not in SIDECARS]
    main = main or names
    if len(main) != 1:
        raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{' '.join(main)}]")
    return main[0]


def tail_of(content: bytes, lines: int) -> bytes:
    """The last lines of a text, the last of which may be unfinished."""
    if lines <= 0:
        return b""
    ends = [match.end() for match in re.finditer(rb"\n", content)]
    if ends and ends[-1] == len(content):
        ends.pop()
    return content[ends[-lines] :] if len(ends) >= lines else content


def _count(pod: str, query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        count = int(text)
    except ValueError as error:
        raise bad_request(f"{name}: expected a number of at least 0, found {text!r}") from error
    if count < 0:
        cause = Cause("FieldValueInvalid", f"Invalid value: {count}: must be greater than or equal to 0", name)
        details = {"name": pod, "kind": "PodLogOptions", "causes": [cause.to_json()]}
        raise ApiError(422, "Invalid", f'PodLogOptions "{pod}" is invalid: {name}: {cause.message}', details)
    return count
