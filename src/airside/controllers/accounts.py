"""Namespace -> its ServiceAccount `default`, which pods run under that name none."""

from __future__ import annotations

from airside.controllers.held import Birth, Held, Outcome, served
from airside.resources.core import Namespace
from airside.resources.kinds import find_kind

ACCOUNT = served(find_kind("", "ServiceAccount"))


def reconcile_namespace(namespace: Held[Namespace], has_account: bool, birth: Birth) -> Outcome:
    if has_account or namespace.leaving:
        return Outcome()
    return Outcome([birth.create(ACCOUNT, {"name": "default", "namespace": namespace.value.metadata.name}, {})])
