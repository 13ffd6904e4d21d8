"""What ends a command. `main` prints it and leaves with its exit code.

CommandError       the command line asks for what cannot be; exit code 1
    Failed         told already, line by line; nothing more to print
"""

from __future__ import annotations


class CommandError(Exception):
    """The text says what was found and what was expected; it is printed after `error: `."""


class Failed(CommandError):
    """Everything has been said on the way; only the exit code is left."""

    def __init__(self, code: int = 1) -> None:
        super().__init__()
        self.code = code
