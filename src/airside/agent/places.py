"""Who on this machine has which address and which ports. The agent's one allocator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airside.installation.claims import Claim
from airside.runtime.network import LOOPBACK, PROXY_PORT, Placement, candidate_ports, next_address


class Places:
    """Gives places out and takes them back. `is_free` asks the machine, for others use ports too."""

    def __init__(self, claim: Claim, is_free: Callable[[str, int], bool]) -> None:
        self._claim, self._is_free = claim, is_free
        self._held: dict[str, Placement] = {}
        self._last_address = 0
        self._last_port = 0

    def owns(self, place: Placement) -> bool:
        """Whether a place of an earlier agent is one this installation may use now."""
        return place.ip.startswith(f"127.{self._claim.subnet}.") and all(port in self._claim.ports for port in place.ports.values())

    def keep(self, uid: str, place: Placement) -> None:
        """Go on with a place that was given before."""
        self._held[uid] = place

    def give(self, uid: str, wanted: Sequence[int]) -> Placement:
        """A place with a port for each of `wanted`. Raises LookupError that says what ran out."""
        address, number = self._free_address()
        ports: dict[int, int] = {}
        held = {port for place in self._held.values() for port in place.ports.values()}
        candidates = iter(candidate_ports(self._claim, held, self._last_port))
        for port in wanted:
            found = next((candidate for candidate in candidates if self._is_free(LOOPBACK, candidate)), None)
            if found is None:
                first, last = self._claim.ports[0], self._claim.ports[-1]
                raise LookupError(f"no port between {first} and {last} is free for container port {port}: {len(held)} are given to pods")
            ports[port] = self._last_port = found
        self._last_address = number
        place = Placement(address, ports)
        self._held[uid] = place
        return place

    def _free_address(self) -> tuple[str, int]:
        """The claim keeps other installations away, but only those that see the same registry: so the machine is asked too."""
        held = {place.ip for place in self._held.values()}
        address, number = next_address(self._claim, held, self._last_address)
        while not self._is_free(address, PROXY_PORT):
            held.add(address)
            address, number = next_address(self._claim, held, number)
        return address, number

    def take_back(self, uid: str) -> None:
        self._held.pop(uid, None)
