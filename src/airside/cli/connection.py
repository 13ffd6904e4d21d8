"""The client of a session's installation."""

from __future__ import annotations

from airside.cli.session import Session
from airside.client.client import ApiClient


def connect(session: Session) -> ApiClient:
    """Raises Unreachable where there is no installation."""
    return ApiClient.from_kubeconfig(session.home.kubeconfig)
