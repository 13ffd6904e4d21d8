"""The commands that look into running pods and proxies: logs, exec, top, metrics, proxy-status, proxy-config."""

# ruff: noqa: PLR0913  # a command's parameters are its flags

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from airside.cli.output import Output
from airside.cli.session import Session, tell, warn

NAMESPACE = typer.Option("-n", "--namespace", help="The namespace; `default` if not said.")
EVERYWHERE = typer.Option("-A", "--all-namespaces", help="Of all namespaces.")
CONTAINER = typer.Option("-c", "--container", help="Of this container; `istio-proxy` is the sidecar.")
LONGEST_WINDOW = 15 * 60.0
"""Seconds; the control plane forgets what is older."""
LABELS = typer.Option("-l", "--selector", help="By labels: app=cpanel,version!=v1")


class Part(StrEnum):
    """What of a proxy's configuration."""

    CLUSTERS = "clusters"
    LISTENERS = "listeners"
    ROUTES = "routes"
    ENDPOINTS = "endpoints"
    ALL = "all"


def register(app: typer.Typer) -> None:
    for command in (logs, top, metrics, proxy_status, proxy_config):
        app.command(rich_help_panel="Pods and proxies")(command)
    # what follows `--` is the command's, dashes and all
    app.command(name="exec", rich_help_panel="Pods and proxies", context_settings={"allow_interspersed_args": False})(exec_)


def logs(
    ctx: typer.Context,
    what: Annotated[list[str] | None, typer.Argument(help="POD, or deploy/NAME", metavar="[POD]")] = None,
    container: Annotated[str, CONTAINER] = "",
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as lines come.")] = False,
    previous: Annotated[bool, typer.Option("-p", "--previous", help="Of the container's life before its last restart.")] = False,
    selector: Annotated[str, LABELS] = "",
    tail: Annotated[int, typer.Option(help="Only so many of the newest lines; -1: all.")] = -1,
    all_containers: Annotated[bool, typer.Option("--all-containers", help="The sidecar's too.")] = False,
    prefix: Annotated[bool, typer.Option("--prefix", help="Say before each line which pod and container said it.")] = False,
    namespace: Annotated[str | None, NAMESPACE] = None,
) -> None:
    """Show what a pod has logged.

    Examples:

      airside logs -f deploy/collector-deploy

      airside logs -l app=cpanel --tail=20 --prefix

      airside logs cpanel-v1-8446d9dd45-wx6mz -c istio-proxy
    """
    from airside.cli.connection import connect
    from airside.cli.get import name_of
    from airside.cli.pods import choose_container, containers, find_pods
    from airside.cli.watch import LogSource, show_logs
    from airside.client.requests import LogWanted

    session: Session = ctx.obj
    place = namespace or "default"
    with connect(session) as client:
        pods = find_pods(client, what or [], place, selector)
        if what and "/" in what[0]:
            pods = pods[:1]  # as kubectl: of a Deployment's pods, the first
        sources = []
        for pod in pods:
            for name in containers(pod) if all_containers else [choose_container(pod, container)]:
                wanted = LogWanted(place, name_of(pod), name, follow, previous, None if tail < 0 else tail)
                sources.append(LogSource(wanted, f"[pod/{name_of(pod)}/{name}] " if prefix else ""))
        show_logs(client, sources, tell, warn)


def exec_(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="POD, or deploy/NAME", metavar="POD")],
    command: Annotated[list[str], typer.Argument(help="The command and its arguments.", metavar="-- COMMAND...")],
    container: Annotated[str, CONTAINER] = "",
    stdin: Annotated[bool, typer.Option("-i", "--stdin", help="Give it what is typed or piped here.")] = False,
    tty: Annotated[bool, typer.Option("-t", "--tty", help="Give it a terminal.")] = False,
    namespace: Annotated[str | None, NAMESPACE] = None,
) -> None:
    """Run a command in a pod: with its environment, in its working directory. The exit code is the command's.

    Examples:

      airside exec deploy/collector-deploy -- curl -s http://section-1:8080/status

      airside exec -it cpanel-v1-8446d9dd45-wx6mz -- sh
    """
    from airside.cli.client import execute
    from airside.cli.connection import connect
    from airside.cli.errors import Failed
    from airside.cli.get import name_of
    from airside.cli.pods import choose_container, find_pod
    from airside.client.client import read_kubeconfig
    from airside.client.requests import ExecWanted

    session: Session = ctx.obj
    place = namespace or "default"
    with connect(session) as client:
        pod = find_pod(client, [what], place)
    words = command[1:] if command[:1] == ["--"] else command
    wanted = ExecWanted(place, name_of(pod), words, choose_container(pod, container), stdin, tty)
    code = execute(read_kubeconfig(session.home.kubeconfig), wanted)
    if code:
        raise Failed(code)


def top(
    ctx: typer.Context,
    what: Annotated[str, typer.Argument(help="A service or workload, for everything about it.", metavar="[NAME]")] = "",
    namespace: Annotated[str | None, NAMESPACE] = None,
    everywhere: Annotated[bool, EVERYWHERE] = False,
    window: Annotated[str, typer.Option(help="Over how long: 30s, 1m, 10m (15m at most).")] = "1m",
    output: Annotated[Output | None, typer.Option("-o", "--output", help="json: the rows as they are.")] = None,
) -> None:
    """Who was asked for how much, how fast and with what success.

    The client side is what callers' proxies measured, injected faults and open breakers included; the server side is what
    reached the pods. With a NAME, by source and response code too.

    Examples:

      airside top

      airside top image-analysis --window=5m
    """
    from airside.cli.connection import connect
    from airside.cli.deleting import parse_timeout
    from airside.cli.errors import CommandError
    from airside.cli.top_view import parse_rows, select_rows, show_top

    seconds = parse_timeout(window, "--window")
    if not 1 <= seconds <= LONGEST_WINDOW:
        raise CommandError(f"--window={window}: expected 1s to 15m; older figures are not kept")
    session: Session = ctx.obj
    with connect(session) as client:
        answer = client.ask("/airside/v1/top", window=f"{seconds:g}")
    place = None if everywhere else namespace or "default"
    if output is Output.JSON:
        tell(json.dumps(answer.get("rows"), indent=4))
        return
    if output is not None:
        raise CommandError(f"-o {output}: top is a table, or json")
    rows = select_rows(parse_rows(answer), place, what)
    for line in show_top(rows, place, details=bool(what)):
        tell(line)


def metrics(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="PromQL", metavar="QUERY")],
    output: Annotated[Output | None, typer.Option("-o", "--output", help="json: as Prometheus' API answers.")] = None,
) -> None:
    """Ask the proxies' figures in PromQL; the names are Istio's.

    Examples:

      airside metrics 'sum by (destination_workload, response_code) (rate(istio_requests_total{reporter="source"}[1m]))'

      airside metrics 'histogram_quantile(0.9, sum by (le) (rate(istio_request_duration_milliseconds_bucket[5m])))'
    """
    from airside.cli.connection import connect
    from airside.cli.top_view import show_metrics

    session: Session = ctx.obj
    with connect(session) as client:
        answer = client.ask("/airside/v1/metrics", query=query)
    if output is Output.JSON:
        tell(json.dumps(answer, indent=4))
        return
    data = answer.get("data")
    for line in show_metrics(data if isinstance(data, dict) else {}):
        tell(line)


def proxy_status(ctx: typer.Context) -> None:
    """Whether every proxy has the configuration it should have, and what any rejected.

    Example:

      airside proxy-status
    """
    from airside.cli.connection import connect
    from airside.cli.proxies import show_status

    session: Session = ctx.obj
    with connect(session) as client:
        answer = client.ask("/airside/v1/proxies")
    proxies = answer.get("items")
    for line in show_status(proxies if isinstance(proxies, list) else []):
        tell(line)


def proxy_config(
    ctx: typer.Context,
    part: Annotated[Part, typer.Argument(help="What of it.")],
    what: Annotated[str, typer.Argument(help="POD, POD.NAMESPACE or deploy/NAME", metavar="POD")],
    namespace: Annotated[str | None, NAMESPACE] = None,
    output: Annotated[Output | None, typer.Option("-o", "--output", help="json: as Envoy says it.")] = None,
) -> None:
    """What a pod's Envoy runs with, asked of that Envoy itself.

    Examples:

      airside proxy-config clusters deploy/cpanel-v1

      airside proxy-config routes cpanel-v1-8446d9dd45-wx6mz -o json
    """
    from airside.cli.connection import connect
    from airside.cli.proxy_config import show_part

    session: Session = ctx.obj
    name, dot, place = what.partition(".")
    if "/" in what or not dot:
        name, place = what, namespace or "default"
    with connect(session) as client:
        for line in show_part(client, part.value, (name, place), as_json=output is Output.JSON):
            tell(line)
