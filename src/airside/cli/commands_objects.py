"""The commands on objects: apply, get, delete, scale, wait. Declared here, done in the modules they import when called."""

# ruff: noqa: PLR0913  # a command's parameters are its flags

from __future__ import annotations

import sys
from typing import Annotated

import typer

from airside.cli.output import Output
from airside.cli.session import CONSOLE, Session, tell, warn

FILES = typer.Option("-f", "--filename", help="File, directory, or - for standard input; may be given several times.")
NAMESPACE = typer.Option("-n", "--namespace", help="The namespace; `default` if not said.")
EVERYWHERE = typer.Option("-A", "--all-namespaces", help="Of all namespaces.")
LABELS = typer.Option("-l", "--selector", help="By labels: app=cpanel,version!=v1")
WORDS = typer.Argument(help="TYPE, TYPE NAME... or TYPE/NAME...", metavar="WHAT...")


def register(app: typer.Typer) -> None:
    for command in (apply, get, delete, scale, wait):
        app.command(rich_help_panel="Objects")(command)


def apply(
    ctx: typer.Context,
    filename: Annotated[list[str], FILES],
    namespace: Annotated[str | None, NAMESPACE] = None,
    recursive: Annotated[bool, typer.Option("-R", "--recursive", help="Directories below too.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when every proxy concerned has the change and follows it.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most.")] = 30,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Let the server judge it, and store nothing.")] = False,
) -> None:
    """Create objects, or change them to what the files say.

    Everything is checked first: with one error nothing is sent. Fields that the last apply set and this one does not are removed;
    what others set stays.

    Examples:

      airside apply -f deploy/airport/k8s

      airside apply -f istio/virt_svc_50-50.yaml --wait

      cat rule.yaml | airside apply -f -
    """
    from airside.cli.applying import apply_files
    from airside.cli.connection import connect
    from airside.cli.sources import read_sources

    documents = read_sources(filename, sys.stdin, recursive)
    session: Session = ctx.obj
    with connect(session) as client:
        apply_files(client, documents, namespace, wait_seconds=timeout if wait and not dry_run else None, dry_run=dry_run)


def get(
    ctx: typer.Context,
    what: Annotated[list[str], WORDS],
    namespace: Annotated[str | None, NAMESPACE] = None,
    everywhere: Annotated[bool, EVERYWHERE] = False,
    selector: Annotated[str, LABELS] = "",
    field_selector: Annotated[str, typer.Option(help="By fields: status.phase=Running")] = "",
    output: Annotated[Output | None, typer.Option("-o", "--output", help="Other than a table.")] = None,
    watch: Annotated[bool, typer.Option("-w", "--watch", help="Then every change, until Ctrl-C.")] = False,
    no_headers: Annotated[bool, typer.Option("--no-headers", help="Rows only.")] = False,
) -> None:
    """Show objects.

    Examples:

      airside get pods -w

      airside get deploy,svc -A

      airside get virtualservices cpanel -o yaml

      airside get pods -l app=cpanel -o wide
    """
    from airside.cli import get as getting
    from airside.cli.connection import connect
    from airside.cli.words import parse_wanted

    session: Session = ctx.obj
    place = None if everywhere else namespace or "default"
    asked = getting.Asked(tuple(parse_wanted(what)), place, selector, field_selector, output, not no_headers)
    with connect(session) as client:
        if watch:
            getting.watch(client, asked, CONSOLE)
        else:
            getting.get(client, asked, CONSOLE)


def delete(
    ctx: typer.Context,
    what: Annotated[list[str] | None, WORDS] = None,
    filename: Annotated[list[str] | None, FILES] = None,
    namespace: Annotated[str | None, NAMESPACE] = None,
    everywhere: Annotated[bool, EVERYWHERE] = False,
    selector: Annotated[str, LABELS] = "",
    everything: Annotated[bool, typer.Option("--all", help="All of that kind in the namespace.")] = False,
    recursive: Annotated[bool, typer.Option("-R", "--recursive", help="With -f: directories below too.")] = False,
    ignore_not_found: Annotated[bool, typer.Option("--ignore-not-found", help="What is not there is no error.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Return when they are gone.")] = True,
    grace_period: Annotated[int | None, typer.Option(help="Seconds that a pod gets to end.")] = None,
) -> None:
    """Delete objects by name, by file, by label, or all of a kind.

    Examples:

      airside delete pod cpanel-v1-8446d9dd45-wx6mz

      airside delete -f istio/timeout.yaml

      airside delete service --all
    """
    from airside.cli.connection import connect
    from airside.cli.delete import Deletion, delete, select_doomed
    from airside.cli.deleting import delete_files
    from airside.cli.errors import CommandError
    from airside.cli.sources import read_sources
    from airside.cli.words import parse_wanted
    from airside.client.requests import Selection

    if bool(what) == bool(filename):
        raise CommandError("say what to delete: objects, or files with -f")
    session: Session = ctx.obj
    how = Deletion(grace_period, wait, ignore_not_found)
    with connect(session) as client:
        if filename:
            delete_files(client, read_sources(filename, sys.stdin, recursive), namespace, how)
            return
        place = None if everywhere else namespace or "default"
        doomed = select_doomed(client, parse_wanted(what or []), Selection(place, selector), everything)
        if not doomed:
            warn("No resources found")
        delete(client, doomed, how, CONSOLE)


def scale(
    ctx: typer.Context,
    what: Annotated[list[str], WORDS],
    replicas: Annotated[int, typer.Option(help="How many pods there are to be.", min=0)],
    namespace: Annotated[str | None, NAMESPACE] = None,
) -> None:
    """Set how many pods a Deployment has.

    Examples:

      airside scale deployment cpanel-v2 --replicas=3

      airside scale deploy/collector-deploy deploy/image-analysis-deploy --replicas=2
    """
    from airside.cli.connection import connect
    from airside.cli.errors import CommandError
    from airside.cli.words import parse_wanted
    from airside.client.requests import Target

    session: Session = ctx.obj
    with connect(session) as client:
        for wanted in parse_wanted(what):
            if not wanted.name or "scale" not in wanted.kind.subresources:
                raise CommandError(f"{wanted.title}: a Deployment or ReplicaSet by name is needed, such as deployment/cpanel-v2")
            client.patch(Target(wanted.kind, namespace or "default", wanted.name, "scale"), {"spec": {"replicas": replicas}})
            tell(f"{wanted.title} scaled")


def wait(
    ctx: typer.Context,
    what: Annotated[list[str], WORDS],
    goal: Annotated[
        str, typer.Option("--for", help="condition=Available, condition=Ready, jsonpath={.status.phase}=Running, create, delete")
    ],
    namespace: Annotated[str | None, NAMESPACE] = None,
    selector: Annotated[str, LABELS] = "",
    everything: Annotated[bool, typer.Option("--all", help="All of that kind in the namespace.")] = False,
    timeout: Annotated[str, typer.Option(help="At most so long: 30s, 2m.")] = "30s",
) -> None:
    """Wait until objects are as they should be.

    Examples:

      airside wait --for=condition=Available deployment --all --timeout=60s

      airside wait --for=delete pod/cpanel-v1-8446d9dd45-wx6mz
    """
    from airside.cli.conditions import parse_goal
    from airside.cli.connection import connect
    from airside.cli.deleting import parse_timeout, select_awaited
    from airside.cli.errors import Failed
    from airside.cli.watch import wait_for
    from airside.cli.words import parse_wanted
    from airside.client.requests import Selection

    session: Session = ctx.obj
    aim, seconds = parse_goal(goal), parse_timeout(timeout)
    with connect(session) as client:
        awaited = select_awaited(client, parse_wanted(what), Selection(namespace or "default", selector), everything)
        late = wait_for(client, awaited, aim, seconds, lambda title: tell(f"{title} {'deleted' if goal == 'delete' else 'condition met'}"))
    for one in late:
        warn(f"error: timed out waiting for {goal} on {one.title}")
    if late:
        raise Failed
