"""The panel's page, drawn from what hangs on the board. The two blocks can be drawn alone: the page renews itself by them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from airport.cpanel.latest import Kind, Latest

_HERE = Path(__file__).parent


class Page:
    """Draws the page of one version of the panel."""

    def __init__(self, version: str) -> None:
        loader = FileSystemLoader(_HERE / "templates")
        templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self._page = templates.get_template("page.html")
        self._blocks = templates.get_template("blocks.html")
        self.version = version
        self.photos = version != "v1"

    def draw(self, latest: Mapping[Kind, Latest]) -> str:
        return self._page.render(version=self.version, photos=self.photos, **_seen(latest))

    def draw_blocks(self, latest: Mapping[Kind, Latest], photos: bool) -> str:
        return self._blocks.render(photos=photos, **_seen(latest))


def _seen(latest: Mapping[Kind, Latest]) -> dict[str, object]:
    return {kind: latest[kind].document if kind in latest else None for kind in ("analysis", "alert")}
