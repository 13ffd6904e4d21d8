"""What the user of an installation chose: written once by `airside up`, read by every process of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

NETWORKS = ("loopback",)
PROFILES = ("default", "istio-1.4")


@dataclass(frozen=True, slots=True)
class Settings:
    """Ports on 127.0.0.1, the network mode and the profile of defaults."""

    gateway_port: int = 31221  # the thesis' NodePort
    console_port: int = 20001  # Kiali's
    api_port: int = 16443
    network: str = "loopback"
    profile: str = "default"

    def problems(self) -> list[str]:
        """What is wrong with these settings, each with what was expected."""
        found = []
        ports = {"gateway_port": self.gateway_port, "console_port": self.console_port, "api_port": self.api_port}
        for name, port in ports.items():
            if not 1 <= port <= 65535:
                found.append(f"{name}: {port} is no port; expected 1 to 65535")
        if len(set(ports.values())) < len(ports):
            found.append("gateway_port, console_port and api_port must be three different ports")
        if self.network not in NETWORKS:
            found.append(f"network: {self.network!r} is not available; available: {', '.join(NETWORKS)}")
        if self.profile not in PROFILES:
            found.append(f"profile: {self.profile!r} is unknown; known: {', '.join(PROFILES)}")
        return found

    def print(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def parse(cls, text: str) -> Settings:
        """The settings that print as `text`. Raises ValueError naming what does not fit."""
        raw = json.loads(text)
        if not isinstance(raw, dict):
            raise ValueError("settings: expected a JSON object")
        known = {field.name: field.type for field in fields(cls)}
        for name, value in raw.items():
            if name not in known:
                raise ValueError(f"settings: {name!r} is unknown; known: {', '.join(known)}")
            if type(value).__name__ != known[name]:
                raise ValueError(f"settings: {name} is {value!r}; expected {known[name]}")
        settings = cls(**raw)
        if problems := settings.problems():
            raise ValueError("settings: " + "; ".join(problems))
        return settings
