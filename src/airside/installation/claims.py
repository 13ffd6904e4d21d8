"""Addresses and ports that installations share out among themselves, so that two on one machine never meet.

An installation holds one *subnet* N (its pods are 127.N.x.y) and one block of ports for the apps behind their sidecars. A claim is a file
in a registry that all installations of the machine see; choosing is pure and is done under a lock (`run.py`). A claim counts as long as the
installation that made it still says so itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass

SUBNETS = range(16, 255)  # 127.0 to 127.15 are left to other programs (resolvers live on 127.0.0.53 and such)
FIRST_PORT = 20100  # above the console's 20001 ...
LAST_PORT = 31100  # ... below the gateway's 31221 and the kernel's ephemeral ports (32768 up)
BLOCK = 200  # ports of a block: apps listen on 127.0.0.1, which installations share

BLOCKS = range((LAST_PORT - FIRST_PORT) // BLOCK)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one installation holds: `subnet` N of 127.N.x.y and the number of its port block."""

    home: str
    subnet: int
    block: int

    @property
    def ports(self) -> range:
        first = FIRST_PORT + self.block * BLOCK
        return range(first, first + BLOCK)

    def address(self, number: int) -> str:
        """The address of pod `number` (1 to 65,000): 127.N.x.y, never ending in .0 or .255, which programs take for networks."""
        third, fourth = divmod(number - 1, 254)
        if not 0 <= third <= 255 or number < 1:
            raise ValueError(f"no pod address {number} in 127.{self.subnet}.0.0/16")
        return f"127.{self.subnet}.{third}.{fourth + 1}"

    def print(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, text: str) -> Claim:
        """The claim that prints as `text`. Raises ValueError."""
        raw = json.loads(text)
        if not isinstance(raw, dict) or raw.keys() != {"home", "subnet", "block"}:
            raise ValueError(f"not a claim: {text!r}")
        claim = cls(str(raw["home"]), int(raw["subnet"]), int(raw["block"]))
        if claim.subnet not in SUBNETS or claim.block not in BLOCKS:
            raise ValueError(f"a claim outside the range: {text!r}")
        return claim


def choose(home: str, held: Collection[Claim], busy: Collection[int] = ()) -> Claim | None:
    """A claim for `home` that touches none of `held`; its own, if it has one already; None when everything is taken.

    `busy`: subnets that somebody uses, claim or no claim.
    """
    mine = next((claim for claim in held if claim.home == home), None)
    if mine is not None:
        return mine
    subnets = {claim.subnet for claim in held}.union(busy)
    blocks = {claim.block for claim in held}
    subnet = next((number for number in SUBNETS if number not in subnets), None)
    block = next((number for number in BLOCKS if number not in blocks), None)
    return None if subnet is None or block is None else Claim(home, subnet, block)
