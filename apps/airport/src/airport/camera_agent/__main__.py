"""`python -m airport.camera_agent`: one camera. Persons of interest among the people it sees come from `GALLERY`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from airport.calls import open_client
from airport.camera_agent.app import Draw, build
from airport.environment import Environment
from airport.serve import serve
from airport.service import Service


def _build(env: Environment) -> Service:
    return build(env, open_client(), _drawing(env.text("GALLERY")))


def _drawing(directory: str) -> Draw:
    @cache
    def drawer() -> Draw:
        # Here and not above: OpenCV is imported with the first frame, when the service already answers.
        from airport.vision.gallery import Gallery
        from airport.vision.scene import render

        gallery = Gallery.load(Path(directory)) if directory else Gallery.load()
        return lambda camera, cycle: render(camera, cycle, gallery).jpeg

    return lambda camera, cycle: drawer()(camera, cycle)


if __name__ == "__main__":
    serve(_build)
