"""`airside apply` from documents to lines: judged, sent, awaited, told in kubectl's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airside.cli.apply import Done, Outcome, Refusal, apply_items
from airside.cli.bundle import Bundle, check_documents
from airside.cli.errors import CommandError, Failed
from airside.cli.get import describe
from airside.cli.proxies import show_rejection
from airside.cli.server_view import ServerView
from airside.cli.session import tell, tell_problems, warn
from airside.client.client import ApiClient
from airside.client.requests import Request
from airside.resources.problems import Problem
from airside.resources.yaml import Document

Read = tuple[Sequence[Document], Sequence[Problem]]


def apply_files(client: ApiClient, read: Read, namespace: str | None, wait_seconds: float | None, dry_run: bool = False) -> None:
    """`wait_seconds` None: do not wait for the proxies. Raises CommandError."""
    bundle = judge(client, read, namespace)
    outcome = apply_items(client, bundle.items, _tell_one, dry_run)
    if wait_seconds is not None:
        await_applied(client, outcome, wait_seconds)
    if outcome.refused:
        raise Failed


def judge(client: ApiClient | None, read: Read, namespace: str | None) -> Bundle:
    """Prints every problem, and raises CommandError if one is an error. Without a client the documents are judged by themselves."""
    documents, problems = read
    bundle = check_documents(documents, namespace, ServerView(client) if client is not None else None)
    tell_problems([*problems, *bundle.problems])
    if problems or not bundle.is_sound:
        raise CommandError("nothing was applied; the errors above come first" if client is not None else "there are errors")
    return bundle


def _tell_one(one: Done | Refusal) -> None:
    if isinstance(one, Done):
        tell(f"{one.item.title} {one.verb}")
        return
    document, causes = one.item.document, one.error.status.causes
    warn(f"{document.file}:{document.line}: {describe(one.error)}")
    for cause in causes:
        warn(f"{document.file}:{document.line_of(cause.field)}: {cause.field}: {cause.message}")


def await_applied(client: ApiClient, outcome: Outcome, seconds: float) -> None:
    """Tells how long it took and which proxies were concerned. Raises Failed where one refused, or did not answer in time."""
    span = outcome.span()
    if span is None:
        return
    since, until = span
    # the server answers when the time is up at the latest; a little more is for the way
    request = Request("GET", "/airside/v1/applied").asking(revision=until, since=since, timeout=f"{seconds:g}")
    answer = client.send(request, seconds + 5)
    proxies, pending, rejected = (_list(answer, name) for name in ("proxies", "pending", "rejected"))
    for one in rejected:
        for line in show_rejection(one if isinstance(one, Mapping) else {"message": str(one)}):
            warn(line)
    if pending:
        warn(f"not applied after {seconds:g} s by {len(pending)} of {len(proxies)} proxies: {', '.join(sorted(map(pod_of, pending)))}")
    if rejected or pending or not answer.get("applied"):
        raise Failed
    count = f"{len(proxies)} prox{'y' if len(proxies) == 1 else 'ies'}"
    names = f": {', '.join(sorted(map(pod_of, proxies)))}" if proxies else "; none was concerned"
    milliseconds = answer.get("milliseconds")
    tell(f"applied by {count} in {milliseconds if isinstance(milliseconds, int | float) else 0:.1f} ms{names}")


def pod_of(proxy: object) -> str:
    """`cpanel-v1-abc.default` out of an Envoy's node id."""
    parts = str(proxy).split("~")
    return parts[2] if len(parts) == 4 else str(proxy)


def _list(answer: Mapping[str, object], name: str) -> list[object]:
    value = answer.get(name)
    return value if isinstance(value, list) else []
