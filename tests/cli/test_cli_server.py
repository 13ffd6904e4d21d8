"""The commands against a real API server, in kubectl's words."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from airside.installation.home import Home

pytestmark = pytest.mark.integration

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {colour: %s}\n"
RULE = """\
apiVersion: networking.istio.io/v1alpha3
kind: DestinationRule
metadata: {name: %s}
spec:
  host: nobody.default.svc.cluster.local
  subsets:
  - {name: v1, labels: {version: v1}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "objects.yaml"


@contextmanager
def lasting(home: Home, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on in a process of its own, until the block ends."""
    argv = [sys.executable, "-m", "airside.cli.cli", "--home", str(home.root), *words]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def test_applying_creates_then_changes_then_leaves(airside, file: Path) -> None:
    said = []
    for colour in ("red", "blue", "blue"):
        file.write_text(CONFIG % ("walls", colour))
        said.append(airside("apply", "-f", str(file)).out)

    assert said == ["configmap/walls created\n", "configmap/walls configured\n", "configmap/walls unchanged\n"]
    assert yaml.safe_load(airside("get", "cm", "walls", "-o", "yaml").out)["data"] == {"colour": "blue"}


def test_standard_input_is_applied(airside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(CONFIG % ("piped", "red")))

    assert airside("apply", "-f", "-").out == "configmap/piped created\n"


def test_with_one_error_nothing_is_sent_and_every_error_has_its_place(airside, file: Path) -> None:
    file.write_text(CONFIG % ("innocent", "red") + "---\n" + RULE.replace("subsets", "subset") % "guilty")

    said = airside("apply", "-f", str(file))

    assert said.code == 1
    assert said.out == ""
    assert f"{file}:11 AIR0020 error DestinationRule default/guilty spec.subset: unknown field" in said.err
    assert "nothing was applied" in said.err
    assert airside("get", "cm", "innocent").code == 1


def test_what_is_accepted_with_a_warning_is_applied(airside, file: Path) -> None:
    file.write_text(RULE % "careful")

    said = airside("apply", "-f", str(file))

    assert (said.code, said.out) == (0, "destinationrule.networking.istio.io/careful created\n")
    assert f"{file}:" in said.err and " warning DestinationRule default/careful" in said.err


def test_a_dry_run_stores_nothing(airside, file: Path) -> None:
    file.write_text(CONFIG % ("dream", "red"))

    assert airside("apply", "-f", str(file), "--dry-run").out == "configmap/dream created\n"
    assert airside("get", "cm", "dream").code == 1


def test_applied_rules_are_awaited_though_no_proxy_is_there(airside, file: Path) -> None:
    file.write_text(RULE % "awaited")

    for _ in ("created", "unchanged"):
        said = airside("apply", "--wait", "-f", str(file))
        assert said.code == 0
        assert re.search(r"^applied by 0 proxies in [\d.]+ ms; none was concerned$", said.out, re.M)


def test_an_object_that_is_not_there_is_said_in_kubectls_words(airside) -> None:
    said = airside("get", "pods", "nosuch")

    assert (said.code, said.out) == (1, "")
    assert said.err == 'Error from server (NotFound): pods "nosuch" not found\n'


def test_a_table_is_what_kubectl_prints(airside, file: Path) -> None:
    file.write_text(CONFIG % ("shown-a", "red") + "---\n" + CONFIG % ("shown-b", "red"))
    airside("apply", "-f", str(file))

    lines = airside("get", "cm", "shown-a", "shown-b").out.splitlines()

    assert [line.split()[:2] for line in lines] == [["NAME", "DATA"], ["shown-a", "1"], ["shown-b", "1"]]
    assert airside("get", "cm", "shown-a", "--no-headers").out.split()[0] == "shown-a"


def test_all_namespaces_are_a_column(airside) -> None:
    lines = airside("get", "deploy", "-A").out.splitlines()

    assert lines[0].split()[:2] == ["NAMESPACE", "NAME"]
    assert ["istio-system", "istio-ingressgateway"] in [line.split()[:2] for line in lines]


def test_several_kinds_are_tables_apart_with_names_that_say_the_kind(airside) -> None:
    out = airside("get", "deploy,svc", "-n", "istio-system").out

    first, second = out.split("\n\n")
    assert first.splitlines()[1].startswith("deployment.apps/istio-ingressgateway")
    assert second.splitlines()[1].startswith("service/istio-ingressgateway")


def test_nothing_found_is_said_and_is_no_error(airside) -> None:
    said = airside("get", "vs", "-n", "istio-system")

    assert (said.code, said.out, said.err) == (0, "", "No resources found in istio-system namespace.\n")


def test_objects_come_as_json_and_names(airside, file: Path) -> None:
    file.write_text(CONFIG % ("formed", "red"))
    airside("apply", "-f", str(file))

    assert json.loads(airside("get", "cm", "formed", "-o", "json").out)["kind"] == "ConfigMap"
    assert "configmap/formed" in airside("get", "cm", "-o", "name").out.splitlines()
    listed = json.loads(airside("get", "cm", "-o", "json").out)
    assert listed["kind"] == "List"
    assert {item["kind"] for item in listed["items"]} == {"ConfigMap"}


def test_scaling_changes_the_number_and_nothing_else(airside, file: Path) -> None:
    template = "{metadata: {labels: {app: sized}}, spec: {containers: [{name: a, image: a, command: [sleep, '1']}]}}"
    spec = f"{{replicas: 1, selector: {{matchLabels: {{app: sized}}}}, template: {template}}}"
    file.write_text(f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: sized}}\nspec: {spec}\n")
    airside("apply", "-f", str(file))

    assert airside("scale", "deployment", "sized", "--replicas=3").out == "deployment.apps/sized scaled\n"
    assert json.loads(airside("get", "deploy", "sized", "-o", "json").out)["spec"]["replicas"] == 3
    assert airside("scale", "cm", "walls", "--replicas=3").code == 1
    assert airside("scale", "deploy/nosuch", "--replicas=3").err.startswith("Error from server (NotFound)")
    assert airside("apply", "-f", str(file)).out == "deployment.apps/sized configured\n"
    assert airside("delete", "-f", str(file)).out == 'deployment.apps "sized" deleted\n'


def test_deleting_by_file_needs_kind_and_name_only(airside, file: Path) -> None:
    file.write_text(CONFIG % ("stale", "red"))
    airside("apply", "-f", str(file))
    nameless, unserved = "apiVersion: v1\nkind: ConfigMap\n", "apiVersion: batch/v1\nkind: Job\nmetadata: {name: stale}\n"
    wrong_by_now = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stale}\nbogus: 1\ndata: [no, map]\n"

    file.write_text(f"{wrong_by_now}---\n{nameless}---\n{unserved}")
    said = airside("delete", "-f", str(file))

    assert (said.code, said.out) == (1, 'configmap "stale" deleted\n')
    assert [line.split()[1] for line in said.err.splitlines()] == ["AIR1001", "AIR0011"]
    file.write_text(wrong_by_now)
    assert airside("delete", "-f", str(file), "--ignore-not-found").code == 0


def test_deleting_is_over_when_the_object_is_gone(airside, file: Path) -> None:
    file.write_text(CONFIG % ("doomed", "red"))
    airside("apply", "-f", str(file))

    assert airside("delete", "cm", "doomed").out == 'configmap "doomed" deleted\n'
    assert airside("get", "cm", "doomed").code == 1
    said = airside("delete", "cm", "doomed")
    assert (said.code, said.err) == (1, 'Error from server (NotFound): configmaps "doomed" not found\n')
    assert airside("delete", "cm", "doomed", "--ignore-not-found").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["delete", "cm"], "which configmaps?", id="a whole kind without saying so"),
        pytest.param(["delete"], "say what to delete", id="nothing"),
        pytest.param(["get", "pdos"], "did you mean pods?", id="a slip"),
        pytest.param(["get", "pod", "a", "-A"], "by name across all namespaces", id="a name in all namespaces"),
        pytest.param(["wait", "pod/a", "--for=ready"], "expected condition=Ready", id="a goal that is none"),
        pytest.param(["wait", "pod/a", "--for=delete", "--timeout=soon"], "expected a duration", id="a duration that is none"),
        pytest.param(
            ["metrics", "sum("], "Error from server: unclosed left parenthesis (in the query 'sum(')\n", id="a query that is none"
        ),
        pytest.param(["logs"], "which pod?", id="the logs of nobody"),
    ],
)
def test_a_command_that_cannot_be_is_answered(airside, words: list[str], message: str) -> None:
    said = airside(*words)

    assert said.code == 1
    assert message in said.err


def test_a_command_line_that_is_not_understood_has_a_code_of_its_own(airside) -> None:
    assert airside("get").code == 2
    assert airside("scale", "deploy/a", "--replicas=-1").code == 2
    assert airside("nosuch").code == 2


def test_waiting_ends_when_the_object_is_as_wanted_and_when_time_is_up(airside, file: Path) -> None:
    file.write_text(CONFIG % ("expected", "red"))
    airside("apply", "-f", str(file))

    assert airside("wait", "--for=create", "cm/expected").out == "configmap/expected condition met\n"
    late = airside("wait", "--for=condition=Ready", "cm/expected", "--timeout=1s")
    assert (late.code, late.err) == (1, "error: timed out waiting for condition=Ready on configmap/expected\n")


def test_waiting_sees_what_happens_after_it_began(airside, control_plane: Home, file: Path) -> None:
    file.write_text(CONFIG % ("leaving", "red"))
    airside("apply", "-f", str(file))
    with lasting(control_plane, "wait", "--for=delete", "cm/leaving", "--timeout=30s") as waiting:
        airside("delete", "cm", "leaving")
        out, _ = waiting.communicate(timeout=30)

    assert (waiting.returncode, out) == (0, "configmap/leaving deleted\n")


def test_a_watch_shows_what_is_there_and_then_every_change(airside, control_plane: Home, file: Path) -> None:
    file.write_text(CONFIG % ("watched", "red"))
    airside("apply", "-f", str(file))
    with lasting(control_plane, "get", "cm", "watched", "-w") as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline().split()[0] == "NAME"
        assert watching.stdout.readline().split()[:2] == ["watched", "1"]
        file.write_text(CONFIG % ("watched", "red, more: less"))
        assert airside("apply", "-f", str(file)).code == 0
        assert watching.stdout.readline().split()[:2] == ["watched", "2"]


def test_files_are_judged_without_being_sent(airside, file: Path) -> None:
    file.write_text(CONFIG % ("judged", "red"))

    assert airside("check", str(file)).out == "1 objects in order\n"
    assert airside("get", "cm", "judged").code == 1
    file.write_text(RULE.replace("subsets", "subset") % "guilty")
    said = airside("check", str(file))
    assert said.code == 1 and "AIR0020" in said.err


def test_files_are_judged_where_no_installation_is(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from airside.cli.cli import run

    file.write_text(CONFIG % ("judged", "red"))

    assert run(["--home", str(tmp_path / "nowhere"), "check", str(file)]) == 0
    assert capsys.readouterr().out == "1 objects in order\n"


def test_figures_are_there_though_nothing_was_called(airside) -> None:
    assert airside("top").out == "No requests in this window.\n"
    assert airside("metrics", "istio_requests_total").out == "No data.\n"
    assert airside("metrics", "1 + 1").out == "2\n"
    assert airside("top", "-o", "json").out == "[]\n"


@pytest.mark.parametrize(("window", "why"), [("5x", "a duration such as"), ("1h", "1s to 15m"), ("0s", "1s to 15m")])
def test_figures_over_more_than_is_kept_are_refused(airside, window: str, why: str) -> None:
    said = airside("top", f"--window={window}")

    assert (said.code, f"--window={window}: expected {why}" in said.err) == (1, True)


def test_the_state_is_told_to_people_and_programs_and_trouble_is_an_exit_code(airside, control_plane: Home) -> None:
    said = airside("status")
    assert said.code == 1  # there is no agent here, nor was the control plane started by `up`
    assert "the agent does not run" in said.err
    assert str(control_plane.root) in said.out

    state = json.loads(airside("status", "-o", "json").out)
    assert state["home"] == str(control_plane.root)
    assert state["processes"] == {}


def test_without_an_installation_the_remedy_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from airside.cli.cli import run

    assert run(["--home", str(tmp_path / "nowhere"), "get", "pods"]) == 1
    assert "start one with `airside up`" in capsys.readouterr().err
    assert run(["--home", str(tmp_path / "nowhere"), "status"]) == 1


def test_help_is_quick() -> None:
    imported = (
        "import sys, airside.cli.cli; print(','.join(m for m in ('httpx', 'pydantic', 'yaml', 'grpc', 'cryptography') if m in sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", imported], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "", "imported before any command is known; each costs a tenth of a second"


def test_every_command_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    from airside.cli.cli import run

    names = ("up", "down", "status", "check", "apply", "get", "delete", "scale", "wait", "logs", "exec", "top", "metrics", "demo airport")
    for name in (*names, "proxy-status", "proxy-config"):
        assert run([*name.split(), "--help"]) == 0
        assert f"airside {name}" in capsys.readouterr().out.partition("Example")[2], name
