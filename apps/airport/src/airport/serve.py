"""Puts a service on its port, and takes it off without losing a request.

SIGTERM: no new connections, the service hears that it is ending (a camera then ends its streams), requests being
served are finished, the process exits with 0.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn

from airport.environment import Environment
from airport.logs import write_json_logs
from airport.service import Service, build_app

# Longer than any proxy keeps an idle connection (an hour is common): the end that calls is the one that closes, so
# that a call never meets a connection which is just being closed here.
_KEEP_ALIVE_SECONDS = 2 * 60 * 60
# Shorter than the 30 s that orchestrators give.
_FINISH_SECONDS = 25


class _Server(uvicorn.Server):
    """uvicorn's server, which also tells the service at once that it is ending."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], object]) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        asyncio.get_running_loop().call_soon_threadsafe(self._stopping)
        super().handle_exit(sig, frame)


def serve(build: Callable[[Environment], Service]) -> None:
    """Build the service from the process' environment and serve it until asked to end. Never returns."""
    # Also what uvicorn falls back to after it has finished: an ordered end is a good end.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: sys.exit(0))
    # A service scales by replicas, not by cores; numpy's threads would spin while they wait for the next picture.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    env = Environment(os.environ)
    service = build(env)
    write_json_logs(service.title, service.version, env.text("LOG_LEVEL", "INFO").upper())
    config = uvicorn.Config(
        build_app(service),
        host=env.text("HOST", "0.0.0.0"),
        port=env.whole("PORT", 8080),
        log_config=None,
        access_log=False,
        lifespan="on",
        ws="none",
        # Relayed answers bring their own.
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )
    _Server(config, service.stopping).run()
