"""Where everything of an installation lies. Paths only; nothing here touches the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one installation (`AIRSIDE_HOME`), mode 0700; all of it goes with it."""

    root: Path

    @property
    def settings(self) -> Path:
        """Settings as `airside up` wrote them (JSON)."""
        return self.root / "settings.json"

    @property
    def database(self) -> Path:
        return self.root / "store.sqlite"

    @property
    def kubeconfig(self) -> Path:
        return self.root / "kubeconfig"

    @property
    def token(self) -> Path:
        return self.root / "token"

    @property
    def pki(self) -> Path:
        """CA and API server certificate and key (PEM): ca.crt, ca.key, apiserver.crt, apiserver.key."""
        return self.root / "pki"

    @property
    def run(self) -> Path:
        """Sockets and process records of the installation's own processes."""
        return self.root / "run"

    @property
    def xds_socket(self) -> Path:
        return self.run / "xds.sock"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def pods(self) -> Path:
        return self.root / "pods"

    def pod(self, uid: str) -> PodHome:
        return PodHome(self.pods / uid)

    @property
    def claim(self) -> Path:
        """The addresses and ports this installation holds on the machine (JSON); there only while it is up."""
        return self.run / "claim.json"

    @property
    def images(self) -> Path:
        """The user's image catalogue (YAML), looked at before the built-in one; need not exist."""
        return self.root / "images.yaml"

    @property
    def volumes(self) -> Path:
        """Volumes that outlive a pod: `volumes/<namespace>/<claim>`."""
        return self.root / "volumes"

    def process_record(self, name: str) -> Path:
        """`control-plane` or `agent`: pid, start time and argv as JSON."""
        return self.run / f"{name}.json"


@dataclass(frozen=True, slots=True)
class PodHome:
    """The directory of one pod, by uid: `Home.pod(uid)`."""

    root: Path

    @property
    def record(self) -> Path:
        """The agent's record of the pod: ip, ports, sandbox (JSON)."""
        return self.root / "pod.json"

    def container(self, name: str) -> Path:
        """Record of a container: argv, env, cwd, pid, start, port (JSON, 0600); what `exec` reads."""
        return self.root / f"container.{name}.json"

    def log(self, container: str) -> Path:
        return self.root / f"{container}.log"

    def previous_log(self, container: str) -> Path:
        return self.root / f"{container}.previous.log"

    def rotated_log(self, container: str) -> Path:
        """The part of the log that made way when it had become too long."""
        return self.root / f"{container}.rotated.log"

    @property
    def bootstrap(self) -> Path:
        return self.root / "envoy.json"

    @property
    def admin_socket(self) -> Path:
        """Envoy's admin interface; a UNIX socket, so that only the installation's user reaches it."""
        return self.root / "admin.sock"

    @property
    def work(self) -> Path:
        """Working directory of the pod's containers."""
        return self.root / "work"
