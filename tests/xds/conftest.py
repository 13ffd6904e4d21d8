"""What the xDS tests share."""

from __future__ import annotations

import pytest
from xds_client import update
from xds_wire import EVERYTHING, Wire

from airside.xds.hub import Hub


@pytest.fixture
def wire() -> Wire:
    """A proxy that has everything."""
    wire = Wire(Hub())
    wire.expect()
    wire.publish(update(1, EVERYTHING))
    wire.connect()
    wire.settle()
    return wire
