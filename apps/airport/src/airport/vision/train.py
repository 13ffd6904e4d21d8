"""`python -m airport.vision.train`: draws lessons, fits all models, and writes the model file; the same one every time."""

from __future__ import annotations

import argparse
import multiprocessing
import os
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
from airport.vision.detect import TEMPLATE
from airport.vision.face_space import FaceSpace
from airport.vision.features import Floats
from airport.vision.fit import fit_directions, fit_network, fit_template
from airport.vision.lessons import Heads, Windows
from airport.vision.model_file import BUILT_IN, save_model
from airport.vision.network import Network, chances
from airport.vision.people import AGE_BRACKETS
from airport.vision.traits import trait_table

_PROCESSES = 2
_TEMPLATE_FRAMES = 200
_EMPTY_FRAMES = 120
_PORTRAITS = 240
_WINDOWS_EVERY = 4  # frames from which windows are learnt, too
_HEAD_SCORE = 1.5  # above which a window is taken for a head; balances misses and false finds
_KEPT_ASIDE = 150  # identities that no model for heads is fitted to, only the threshold of likeness
# The share of strangers that one person of interest may be taken for.
_MISTAKEN = 0.002
_ASKED = 1 + len(AGE_BRACKETS)  # outputs of the network for heads that are asked for
_TRAITS_COUNT = 0.2  # beside gender and age

Arrays = dict[str, npt.NDArray[np.float16]]
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


def train(say: Callable[[str], None]) -> Arrays:
    """All models' arrays, by the names under which they are loaded."""
    # Read by the workers as they import numpy: their sums must not depend on how many cores a machine has.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_PROCESSES, context, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        template = _train_template(pool)
        say("template learnt")
        windows, heads = _draw(pool, template)
        say(f"{len(heads.answers)} heads and {len(windows.answers)} windows drawn")
        border = _KEPT_ASIDE * lessons.VIEWS
        learning = [
            pool.submit(_train_heads, heads.part(slice(border, None)), heads.part(slice(border))),
            pool.submit(_train_windows, windows),
            pool.submit(_train_aligner, heads),
        ]
        arrays = {"template": template.astype(np.float16), "window.threshold": np.array([_HEAD_SCORE], np.float16)}
        for learnt in learning:
            arrays |= learnt.result()
    return arrays


def _train_template(pool: Executor) -> Floats:
    """First on any windows, then also on those that fooled the first template most."""
    rows, signs = _joined(_map(pool, partial(lessons.template_lesson, template=None), range(_TEMPLATE_FRAMES)))
    template = pool.submit(fit_template, rows, signs).result().reshape(*TEMPLATE, -1)
    harder, others = _joined(_map(pool, partial(lessons.template_lesson, template=template), range(_TEMPLATE_FRAMES)))
    return pool.submit(fit_template, np.concatenate((rows, harder)), np.concatenate((signs, others))).result()


def _draw(pool: Executor, template: Floats) -> tuple[Windows, Heads]:
    shaped = template.reshape(*TEMPLATE, -1)
    groups = list(enumerate(lessons.groups()))
    drawn = _map(pool, partial(_frame, template=shaped), groups)
    empty = _map(pool, partial(lessons.empty_lesson, template=shaped), range(_EMPTY_FRAMES))
    portraits = _map(pool, partial(lessons.portrait_lesson, template=shaped), range(_PORTRAITS))
    return Windows.joined([some for some, _ in drawn if some is not None] + empty + portraits), Heads.joined([some for _, some in drawn])


def _frame(numbered: tuple[int, list[int]], template: Floats) -> tuple[Windows | None, Heads]:
    number, identities = numbered
    return lessons.frame_lesson(number, identities, template, with_windows=number % _WINDOWS_EVERY == 0)


def _train_windows(windows: Windows) -> Arrays:
    answers = windows.answers

    def slope(outputs: Floats, batch: npt.NDArray[np.int64]) -> Floats:
        wanted = answers[batch]
        there = 1 / (1 + np.exp(-outputs[:, :1])) - wanted[:, :1]
        off = np.clip(outputs[:, 1:] - wanted[:, 1:], -0.3, 0.3) * 6 * wanted[:, :1]
        return np.concatenate((there, off), axis=1)

    return fit_network(windows.features, 4, slope, width=48, epochs=7).arrays("window")


def _train_aligner(heads: Heads) -> Arrays:
    def slope(outputs: Floats, batch: npt.NDArray[np.int64]) -> Floats:
        return np.asarray(np.clip(outputs - heads.shifts[batch], -0.06, 0.06) * 16, np.float32)

    return fit_network(heads.shifted, 4, slope, width=64, epochs=20).arrays("align")


def _train_heads(learnt: Heads, aside: Heads) -> Arrays:
    network = _fit_heads(learnt)
    return network.arrays("head") | _train_faces(learnt, aside, network)


def _fit_heads(heads: Heads) -> Network:
    """Gender and age; and traits, which are not asked for later but make the hidden layer see what tells people apart."""
    genders, ages = heads.answers[:, 0], heads.answers[:, 1]
    # The right bracket most of all, but its neighbours are not as wrong as the rest.
    steps = np.abs(np.arange(len(AGE_BRACKETS))[:, None] - np.arange(len(AGE_BRACKETS)))
    near = np.where(steps == 0, 1.0, np.where(steps == 1, 0.06, 0.0))
    softened = (near / near.sum(axis=1, keepdims=True)).astype(np.float32)
    traits = trait_table([lessons.training_identity(number) for number in range(lessons.IDENTITIES)])[heads.answers[:, 2]]

    def slope(outputs: Floats, batch: npt.NDArray[np.int64]) -> Floats:
        gender = 1 / (1 + np.exp(-outputs[:, :1])) - genders[batch, None]
        age = chances(outputs[:, 1:_ASKED]) - softened[ages[batch]]
        off = _TRAITS_COUNT * np.clip(outputs[:, _ASKED:] - traits[batch], -2, 2)
        return np.concatenate((gender, age, off), axis=1).astype(np.float32)

    return fit_network(heads.features, _ASKED + traits.shape[1], slope, width=128, epochs=14).first(_ASKED)


def _train_faces(learnt: Heads, aside: Heads, network: Network) -> Arrays:
    """The space of faces, and how alike two must be in it to be one person's."""
    who = learnt.answers[:, 2]
    features = learnt.features.astype(np.float32)
    direct, _ = fit_directions(features, who, first=500, last=64)
    learnt_too = np.concatenate((features @ direct, network.inner(features)), axis=1)
    joined, origin = fit_directions(learnt_too, who, first=learnt_too.shape[1], last=48)
    space = FaceSpace(network, (direct @ joined[: direct.shape[1]]).T, joined[direct.shape[1] :].T, origin)
    parts = {"face.direct": space.direct, "face.learnt": space.learnt, "face.origin": space.origin}
    parts["face.threshold"] = np.array([_likeness_needed(space, aside)], np.float32)
    return {name: values.astype(np.float16) for name, values in parts.items()}


def _likeness_needed(space: FaceSpace, aside: Heads) -> float:
    """Above what nearly no stranger comes, among people that the models did not learn from."""
    views = space(aside.features.astype(np.float32)).reshape(-1, lessons.VIEWS, len(space.origin))
    known = views[:, ::2].mean(axis=1)
    likeness = np.einsum("ivk,jk->ivj", views[:, 1::2], known / np.linalg.norm(known, axis=1, keepdims=True))
    strangers = ~np.broadcast_to(np.eye(len(views), dtype=bool)[:, None], likeness.shape)
    return float(np.quantile(likeness[strangers], 1 - _MISTAKEN))


def _map(pool: Executor, work: Callable[[Given], Made], given: list[Given] | range) -> list[Made]:
    return list(pool.map(work, given, chunksize=16))


def _joined(parts: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    return np.concatenate([rows for rows, _ in parts]), np.concatenate([signs for _, signs in parts])


if __name__ == "__main__":
    main()
