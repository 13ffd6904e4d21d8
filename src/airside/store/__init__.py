"""Accepted objects with versions and an event log."""

from airside.store.changes import (
    Change,
    Conflict,
    Delete,
    Exists,
    Expired,
    Missing,
    Put,
    Stored,
    StoreError,
    StoreEvent,
    Unavailable,
)
from airside.store.run import Store
from airside.store.watch import Watch

__all__ = [
    "Change",
    "Conflict",
    "Delete",
    "Exists",
    "Expired",
    "Missing",
    "Put",
    "Store",
    "StoreError",
    "StoreEvent",
    "Stored",
    "Unavailable",
    "Watch",
]
