"""The documents a `-f` names: files, directories, standard input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from airside.cli.errors import CommandError
from airside.resources.problems import Problem
from airside.resources.yaml import Document, read_documents

SUFFIXES = (".yaml", ".yml", ".json")


def read_sources(names: Sequence[str], stdin: TextIO, recursive: bool = False) -> tuple[list[Document], list[Problem]]:
    """All documents in the order named, a directory's files by name; and what is wrong with their text. Raises CommandError."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for text, name in _texts(names, stdin, recursive):
        found, wrong = read_documents(text, name)
        documents += found
        problems += wrong
    if not documents and not problems:
        raise CommandError(f"no objects in {', '.join(names)}")
    return documents, problems


def _texts(names: Sequence[str], stdin: TextIO, recursive: bool) -> Iterable[tuple[str, str]]:
    for name in names:
        if name == "-":
            yield stdin.read(), "standard input"
        elif name.startswith(("http://", "https://")):
            raise CommandError(f"{name}: addresses are not read; fetch it first: curl -s {name} | airside apply -f -")
        else:
            for path in _files(Path(name), recursive):
                yield _read(path), str(path)


def _files(path: Path, recursive: bool) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(one for one in (path.rglob("*") if recursive else path.iterdir()) if one.suffix in SUFFIXES and one.is_file())
    if not found:
        raise CommandError(
            f"{path}: no {', '.join(SUFFIXES)} file in this directory" + ("" if recursive else "; -R looks into those below")
        )
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise CommandError(f'the path "{path}" does not exist') from error
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}") from error
