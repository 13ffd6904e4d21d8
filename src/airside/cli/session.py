"""What every command needs: which installation, and where lines go. Imports little, since every command imports it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from airside.installation.home import Home
from airside.resources.problems import Problem


@dataclass(frozen=True, slots=True)
class Console:
    """Where lines go."""

    out: Callable[[str], None]
    err: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the command line. `connect(session)` in `connection` talks to the installation."""

    home: Home

    @classmethod
    def at(cls, root: Path) -> Session:
        return cls(Home(root.expanduser().resolve()))


def tell(line: str) -> None:
    """Flushed, so that a pipe sees what a watch or a log says when it is said."""
    print(line, flush=True)


def warn(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def tell_problems(problems: Iterable[Problem]) -> None:
    for problem in problems:
        warn(str(problem))


CONSOLE = Console(tell, warn)
