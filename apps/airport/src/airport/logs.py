"""Logs: one JSON object a line on stdout, with the id of the request being served."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from airport.tracing import request_id

log = logging.getLogger("airport")


class JsonLines(logging.Formatter):
    """A record as a line of JSON; `extra={"fields": {...}}` adds to it."""

    def __init__(self, service: str, version: str) -> None:
        super().__init__()
        self.service, self.version = service, version

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "service": self.service,
            "version": self.version,
            "message": record.getMessage(),
        }
        if identity := request_id():
            line["request_id"] = identity
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def write_json_logs(service: str, version: str, level: str = "INFO") -> None:
    """From now on everything that is logged in this process goes to stdout as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service, version))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(noisy).setLevel("WARNING")
