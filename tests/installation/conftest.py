"""A home for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from installation_rig import installation

from airside.installation.home import Home


@pytest.fixture
def home() -> Iterator[Home]:
    with installation() as made:
        yield made
