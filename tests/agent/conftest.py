"""Every test gets an agent of its own and leaves nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from agent_rig import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig()
    await made.begin()
    yield made
    await made.close()
