"""`python -m airport.cpanel`: the control panel."""

from __future__ import annotations

from airport.calls import open_client
from airport.cpanel.app import build
from airport.serve import serve

if __name__ == "__main__":
    serve(lambda env: build(env, open_client()))
