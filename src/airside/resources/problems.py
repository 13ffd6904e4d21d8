"""What is wrong with a user's object: a value, collected, with a path; never an exception."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `field` is a path like `spec.http[0].route[1].destination.subset`; file and line are known only where YAML was read."""

    code: str
    severity: Severity
    object: str  # "VirtualService default/cpanel"; "" when the text is not yet an object
    field: str
    message: str  # what was found, what was expected, the likely next step
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        where = f"{self.file}:{self.line} " if self.file else ""
        subject = " ".join(part for part in (self.object, self.field) if part)
        return (
            f"{where}{self.code} {self.severity.value} {subject}: {self.message}"
            if subject
            else f"{where}{self.code} {self.severity.value}: {self.message}"
        )

    def at(self, file: str, line: int) -> Problem:
        return replace(self, file=file, line=line)
