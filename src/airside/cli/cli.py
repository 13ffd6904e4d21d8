"""The command line: `airside COMMAND`. The one place that reads the environment and turns errors into exit codes.

0: done. 1: it could not be done, and stderr says why. 2: the command line is not understood. 130: interrupted.
`exec` gives the code of its command.
Modules that take time to import are imported by the command that needs them, so that `--help` is quick.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from airside.cli import commands_installation, commands_objects, commands_pods
from airside.cli.errors import CommandError, Failed
from airside.cli.session import Session, warn

HOME = Path("~/.airside")

app = typer.Typer(
    name="airside",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"airside {version('airside')}")
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    home: Annotated[Path, typer.Option(envvar="AIRSIDE_HOME", help="Where the installation lies; another one is another home.")] = HOME,
    _version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Which Airside this is.")] = False,
) -> None:
    """A service mesh for one machine: Istio's API, Envoy's data plane.

    [bold]First steps[/bold]

      airside demo airport               everything at once, until Ctrl-C

      airside up                         an installation of your own

      airside apply -f my-app/           Kubernetes' and Istio's files, unchanged

      airside get pods -w                kubectl's words; kubectl itself works too

      airside top                        who is asked for how much, how fast, with what success
    """
    ctx.obj = Session.at(home)


commands_installation.register(app)
commands_objects.register(app)
commands_pods.register(app)


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """One command; its exit code."""
    from airside.client.errors import ClientError, Refused
    from airside.installation.errors import Unavailable

    try:
        app(arguments, prog_name="airside", standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except Failed as failed:
        return failed.code
    except Refused as refused:
        from airside.cli.get import describe

        warn(describe(refused))
        return 1
    except (CommandError, ClientError, Unavailable) as error:
        warn(f"error: {error}")
        return 1
    except BrokenPipeError:
        # whoever read us has seen enough (`| head`); the interpreter's last flush must not complain either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    main()
