"""`python -m airport.vision.train`: draws lessons, fits all models, and writes the model file; the same one every time."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from airport.vision import lessons
from airport.vision.features import Floats
from airport.vision.fit import fit_directions, fit_network, fit_template
from airport.vision.lessons import Heads, Windows
from airport.vision.model_file import BUILT_IN, save_model
from airport.vision.network import Network, chances
from airport.vision.people import AGE_BRACKETS
from airport.vision.recognise import look

_PROCESSES = 2
_TEMPLATE_FRAMES = 200
_EMPTY_FRAMES = 120
_WINDOWS_EVERY = 4  # frames from which windows are learnt, too
_KEPT_ASIDE = 200  # identities that the space of faces is not fitted to, but its threshold is
# Strangers that one person of interest may be taken for, on the identities kept aside.
_MISTAKEN = 0.0006

Given = TypeVar("Given")
Made = TypeVar("Made")


def main() -> None:
    """Trains and says what it did."""
    parser = argparse.ArgumentParser(prog="python -m airport.vision.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=BUILT_IN, help="the model file to write (default: the built-in one)")
    out: Path = parser.parse_args().out
    started = time.perf_counter()
    save_model(out, train(lambda text: print(f"{time.perf_counter() - started:5.1f} s  {text}", file=sys.stderr, flush=True)))
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB in {time.perf_counter() - started:.0f} s")


def train(say: Callable[[str], None]) -> dict[str, npt.NDArray[np.float16]]:
    """All models' arrays, by the names under which they are loaded."""
    # Spawned, not forked: the number of threads that OpenCV and BLAS run must not depend on the caller.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_PROCESSES, context, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        template = _train_template(pool)
        say("template learnt")
        windows, heads = _draw(pool, template)
    say(f"{len(heads.answers)} heads and {len(windows.answers)} windows drawn")
    arrays = {"template": template.astype(np.float16), "window.threshold": np.zeros(1, np.float16)}
    arrays |= _train_windows(windows).arrays("window")
    say("detector learnt")
    arrays |= _train_heads(heads).arrays("head")
    say("gender and age learnt")
    arrays |= _train_faces(heads)
    say("faces learnt")
    return arrays


def _train_template(pool: Executor) -> Floats:
    """First on any windows, then also on those that fooled the first template most."""
    rows, signs = _joined(_map(pool, partial(lessons.template_lesson, template=None), range(_TEMPLATE_FRAMES)))
    template = fit_template(rows, signs)
    harder, others = _joined(_map(pool, partial(lessons.template_lesson, template=template), range(_TEMPLATE_FRAMES)))
    return fit_template(np.concatenate((rows, harder)), np.concatenate((signs, others)))


def _draw(pool: Executor, template: Floats) -> tuple[Windows, Heads]:
    shaped = template.reshape(*lessons.TEMPLATE, -1)
    groups = list(enumerate(lessons.groups()))
    drawn = _map(pool, partial(_frame, template=shaped), groups)
    empty = _map(pool, partial(lessons.empty_lesson, template=shaped), range(_EMPTY_FRAMES))
    windows = [some for some, _ in drawn if some is not None] + empty
    heads = [some for _, some in drawn]
    return (
        Windows(np.concatenate([some.features for some in windows]), np.concatenate([some.answers for some in windows])),
        Heads(np.concatenate([some.features for some in heads]), np.concatenate([some.answers for some in heads])),
    )


def _frame(numbered: tuple[int, tuple[int, list[int]]], template: Floats) -> tuple[Windows | None, Heads]:
    number, (view, identities) = numbered
    return lessons.frame_lesson(view, identities, template, with_windows=number % _WINDOWS_EVERY == 0)


def _train_windows(windows: Windows) -> Network:
    answers = windows.answers

    def slope(outputs: Floats, batch: npt.NDArray[np.int64]) -> Floats:
        wanted = answers[batch]
        there = 1 / (1 + np.exp(-outputs[:, :1])) - wanted[:, :1]
        off = np.clip(outputs[:, 1:] - wanted[:, 1:], -0.3, 0.3) * 6 * wanted[:, :1]
        return np.concatenate((there, off), axis=1)

    return fit_network(windows.features, 4, slope, width=48, epochs=8)


def _train_heads(heads: Heads) -> Network:
    genders, ages = heads.answers[:, 0], heads.answers[:, 1]
    # The right bracket most of all, but its neighbours are not as wrong as the rest.
    steps = np.abs(np.arange(len(AGE_BRACKETS))[:, None] - np.arange(len(AGE_BRACKETS)))
    near = np.where(steps == 0, 1.0, np.where(steps == 1, 0.06, 0.0))
    softened = (near / near.sum(axis=1, keepdims=True)).astype(np.float32)

    def slope(outputs: Floats, batch: npt.NDArray[np.int64]) -> Floats:
        gender = 1 / (1 + np.exp(-outputs[:, :1])) - genders[batch, None]
        return np.concatenate((gender, chances(outputs[:, 1:]) - softened[ages[batch]]), axis=1).astype(np.float32)

    return fit_network(heads.features, 1 + len(AGE_BRACKETS), slope, width=96, epochs=14)


def _train_faces(heads: Heads) -> dict[str, npt.NDArray[np.float16]]:
    """The space of faces, and how alike two must be in it to be one person's."""
    order = np.argsort(heads.answers[:, 2], kind="stable")
    features, who = heads.features[order], heads.answers[order, 2]
    learnt = who >= _KEPT_ASIDE
    projection, origin = fit_directions(features[learnt], who[learnt], first=320, last=56)
    projection, origin = projection.astype(np.float16), origin.astype(np.float16)
    seen = look(features[~learnt].astype(np.float32), projection.astype(np.float32), origin.astype(np.float32))
    views = seen.reshape(_KEPT_ASIDE, lessons.VIEWS, -1)
    known = views[:, ::2].mean(axis=1)
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    likeness = np.einsum("ivk,jk->ivj", views[:, 1::2], known)
    others = likeness[~np.broadcast_to(np.eye(_KEPT_ASIDE, dtype=bool)[:, None], likeness.shape)]
    threshold = np.quantile(others, 1 - _MISTAKEN)
    return {"face.projection": projection, "face.origin": origin, "face.threshold": np.array([threshold], np.float16)}


def _map(pool: Executor, work: Callable[[Given], Made], given: list[Given] | range) -> list[Made]:
    return list(pool.map(work, given, chunksize=16))


def _joined(parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    return np.concatenate([rows for rows, _ in parts]), np.concatenate([signs for _, signs in parts])


if __name__ == "__main__":
    main()
