"""The commands on the installation itself: up, down, status, check, demo."""

# ruff: noqa: PLR0913  # a command's parameters are its flags

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from airside.cli.output import Output
from airside.cli.session import Session

GATEWAY_PORT = typer.Option(envvar="AIRSIDE_GATEWAY_PORT", help="Where the ingress gateway listens on 127.0.0.1 (31221).")
CONSOLE_PORT = typer.Option(envvar="AIRSIDE_CONSOLE_PORT", help="Where the console listens (20001).")
API_PORT = typer.Option(envvar="AIRSIDE_API_PORT", help="Where the API listens (16443).")
NETWORK = typer.Option(envvar="AIRSIDE_NETWORK", help="How pods are connected: auto, loopback.")
PROFILE = typer.Option(envvar="AIRSIDE_PROFILE", help="Whose defaults: default (today's Istio), istio-1.4.")


def register(app: typer.Typer) -> None:
    for command in (up, down, status, check):
        app.command(rich_help_panel="Installation")(command)
    demo = typer.Typer(no_args_is_help=True, help="Whole applications, started with one command.")
    demo.command()(airport)
    demo.callback()(_demos)
    app.add_typer(demo, name="demo", rich_help_panel="Installation")


def up(
    ctx: typer.Context,
    gateway_port: Annotated[int | None, GATEWAY_PORT] = None,
    console_port: Annotated[int | None, CONSOLE_PORT] = None,
    api_port: Annotated[int | None, API_PORT] = None,
    network: Annotated[str | None, NETWORK] = None,
    profile: Annotated[str | None, PROFILE] = None,
) -> None:
    """Start the installation; what was there before is there again.

    Examples:

      airside up

      AIRSIDE_HOME=~/second airside up --gateway-port 31222 --console-port 20002 --api-port 16444
    """
    from airside.cli.installation import Wishes, bring_up, tell_started

    session: Session = ctx.obj
    started = bring_up(session.home, Wishes(gateway_port, console_port, api_port, network, profile))
    tell_started(session.home, started)


def down(ctx: typer.Context) -> None:
    """Stop everything of the installation, whatever was killed before. Objects stay for the next `up`. Twice is harmless.

    Example:

      airside down
    """
    from airside.cli.installation import bring_down

    session: Session = ctx.obj
    bring_down(session.home)


def status(
    ctx: typer.Context,
    output: Annotated[Output | None, typer.Option("-o", "--output", help="json: for programs.")] = None,
) -> None:
    """What runs, where it listens, and whether all proxies have what they should have.

    Examples:

      airside status

      airside status -o json
    """
    from airside.cli.errors import CommandError
    from airside.cli.installation import look_at, tell_state

    session: Session = ctx.obj
    if output not in (None, Output.JSON):
        raise CommandError(f"-o {output}: status is lines, or json")
    tell_state(look_at(session), as_json=output is Output.JSON)


def check(
    ctx: typer.Context,
    files: Annotated[
        list[str] | None, typer.Argument(help="Files or directories to judge; without: this machine.", metavar="[FILE...]")
    ] = None,
    recursive: Annotated[bool, typer.Option("-R", "--recursive", help="Directories below too.")] = False,
) -> None:
    """Judge files without sending them, or look whether this machine has what Airside needs.

    Examples:

      airside check

      airside check deploy/airport/istio
    """
    from airside.cli.checks import check_files, check_machine

    session: Session = ctx.obj
    if files:
        check_files(session, files, recursive)
    else:
        check_machine(session)


def _demos() -> None:
    """Whole applications, started with one command."""


def airport(
    ctx: typer.Context,
    detach: Annotated[bool, typer.Option("--detach", help="Return once everything serves; `airside down` ends it.")] = False,
    files: Annotated[Path | None, typer.Option(help="The airport's files, if not those of this repository.")] = None,
    gateway_port: Annotated[int | None, GATEWAY_PORT] = None,
    console_port: Annotated[int | None, CONSOLE_PORT] = None,
    api_port: Annotated[int | None, API_PORT] = None,
    network: Annotated[str | None, NETWORK] = None,
    profile: Annotated[str | None, PROFILE] = None,
) -> None:
    """The airport of the thesis: ten workloads behind sidecars and a gateway, cameras on, and a live view until Ctrl-C.

    Examples:

      airside demo airport

      airside demo airport --detach
    """
    from airside.cli.files import airport_files
    from airside.cli.installation import Wishes
    from airside.cli.run import run_airport

    session: Session = ctx.obj
    run_airport(session, airport_files(files), Wishes(gateway_port, console_port, api_port, network, profile), detach)
