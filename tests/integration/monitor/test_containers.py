"""The files for containers are ones that their programs take, and give away nothing that the program keeps closed."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.outside_tools import helm, missing

PROJECT = Path(__file__).resolve().parents[3]
DEPLOY = PROJECT / "deploy"
CHART = DEPLOY / "helm" / "semblance"

BARE: dict[str, str] = {}
ALL = {
    "console.origin": "https://monitor.example.com",
    "console.tlsSecret": "certificate",
    "database.url": "postgresql+psycopg://semblance@postgres.example/semblance",
    "database.existingSecret": "database",
    "existingSecret": "secrets",
    "metrics.enabled": "true",
    "networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.name": "monitoring",
    "networkPolicy.from[0].namespaceSelector.matchLabels.name": "ingress",
    "ray.enabled": "true",
    "settings.CRAWL__MAX_PAGES": "500",
    "workspace.accessMode": "ReadWriteMany",
    "workspace.storageClass": "shared",
    "nodeSelector.disk": "large",
    "imagePullSecrets[0].name": "registry",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return helm(tmp_path_factory.mktemp("helm"))


def _helm(program: Path, *words: str, values: Mapping[str, str] = BARE) -> subprocess.CompletedProcess[str]:
    sets = [f"--set={name}={value}" for name, value in values.items()]
    folder = str(program.parent)
    env = {"HOME": folder, "PATH": os.environ["PATH"]}
    return subprocess.run([program, *words, *sets], capture_output=True, text=True, check=False, env=env)


def _rendered(program: Path, values: Mapping[str, str]) -> list[dict[str, Any]]:
    done = _helm(program, "template", "watch", str(CHART), "--kube-version=1.36.0", values=values)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def _pods(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What every pod is made of, whatever makes it."""
    pods = []
    for each in objects:
        spec = each.get("spec", {})
        match each["kind"]:
            case "Deployment":
                pods.append(spec["template"])
            case "CronJob":
                pods.append(spec["jobTemplate"]["spec"]["template"])
            case "RayCluster":
                pods += [spec["headGroupSpec"]["template"], *(group["template"] for group in spec["workerGroupSpecs"])]
    return pods


@pytest.mark.parametrize("values", [BARE, ALL], ids=["bare", "everything"])
def test_the_chart_is_one_that_helm_and_kubernetes_take(program: Path, tmp_path: Path, values: dict[str, str]) -> None:
    linted = _helm(program, "lint", "--strict", str(CHART), values=values)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    objects = _rendered(program, values)
    # KubeRay's own kind is in no schema of Kubernetes; its pods are.
    pods = [{"apiVersion": "v1", "kind": "Pod", **pod, "metadata": {"name": "pod", **pod["metadata"]}} for pod in _pods(objects)]
    known = [each for each in objects if each["kind"] != "RayCluster"] + pods
    assert len({each["kind"] for each in objects}) == (8 if values else 6)
    validator = Path(sys.executable).with_name("kubernetes-validate")
    if not validator.exists():
        missing("kubernetes-validate is not installed: make test brings it")
    for version in ("1.28", "1.37"):
        made = tmp_path / f"{version}.yaml"
        made.write_text(yaml.safe_dump_all(known))
        done = subprocess.run(
            [validator, "--strict", "-k", version, made], capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_no_pod_has_privileges_credentials_or_a_writable_root(program: Path) -> None:
    pods = _pods(_rendered(program, ALL))
    assert len(pods) == 4
    for pod in pods:
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in spec["containers"] + spec.get("initContainers", []):
            held = container["securityContext"]
            assert (held["allowPrivilegeEscalation"], held["readOnlyRootFilesystem"]) == (False, True), container["name"]
            assert held["capabilities"] == {"drop": ["ALL"]}
            assert "limits" in container["resources"]


def test_uninstalling_keeps_the_evidence(program: Path) -> None:
    (claim,) = (each for each in _rendered(program, BARE) if each["kind"] == "PersistentVolumeClaim")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_pods_of_one_volume_are_on_one_node_unless_many_may_mount_it(program: Path) -> None:
    def run(values: dict[str, str]) -> dict[str, Any]:
        (job,) = (each for each in _rendered(program, values) if each["kind"] == "CronJob")
        return dict(job["spec"]["jobTemplate"]["spec"]["template"]["spec"])

    assert "podAffinity" in run(BARE)["affinity"]
    assert "affinity" not in run(ALL)


@pytest.mark.parametrize(
    ("values", "remedy"),
    [
        ({"ray.enabled": "true"}, "set workspace.accessMode to ReadWriteMany"),
        ({"console.origin": "https://monitor.example.com"}, "needs console.tlsSecret"),
    ],
)
def test_what_cannot_work_is_refused_with_what_to_do(program: Path, values: dict[str, str], remedy: str) -> None:
    done = _helm(program, "template", "watch", str(CHART), values=values)
    assert done.returncode != 0
    assert remedy in done.stderr


def test_settings_of_the_chart_and_of_compose_are_settings_of_the_program(program: Path, tmp_path: Path) -> None:
    (settings,) = (each for each in _rendered(program, ALL) if each["metadata"]["name"] == "watch-settings")
    named = dict(settings["data"])
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    for name, value in composed["x-program"]["environment"].items():
        named[name] = re.sub(r"\$\{\w+:-(.*)\}", r"\1", value)
    password = tmp_path / "password"
    password.write_text("secret\n")
    named["SEMBLANCE_DATABASE__PASSWORD_FILE"] = str(password)
    # An unknown name is refused, so that one that was misspelt would be.
    code = "from monitor.settings import load_settings; s = load_settings(); print(s.serve.origin, s.crawl.max_pages)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **named})
    assert (done.stdout, done.stderr) == ("https://localhost:8443 500\n", "")


def test_compose_runs_the_program_as_the_chart_does() -> None:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = composed["services"]
    here = Path(sys.executable).with_name("semblance")
    for name in ("upgrade", "console", "runs"):
        service = services[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        assert service["security_opt"] == ["no-new-privileges:true"]
        helped = subprocess.run([here, service["command"][0], "--help"], capture_output=True, text=True, check=True).stdout
        assert [word for word in service["command"] if word.startswith("-") and word not in helped] == []
    # This machine's own browsers alone reach it, until somebody decides otherwise.
    assert [port.split(":")[0] for service in services.values() for port in service.get("ports", [])] == ["127.0.0.1"]
    for volume in services["tls"]["volumes"]:
        source = volume.split(":")[0]
        assert source == "./tls" or (DEPLOY / source).is_file()


def test_the_container_file_has_no_fault_that_its_linter_knows() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        missing("hadolint is not installed: make test brings it")
    done = subprocess.run([linter, DEPLOY / "Containerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_container_has_the_very_versions_that_were_tested() -> None:
    def pinned(lock: Path) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9_.\-]+)==(\S+)", lock.read_text(), re.MULTILINE | re.IGNORECASE))

    tested, shipped = pinned(PROJECT / "requirements.lock"), pinned(DEPLOY / "requirements.lock")
    assert shipped.items() <= tested.items()
    assert {"scrapy", "faiss-cpu", "onnxruntime", "sqlmodel", "psycopg-binary"} <= shipped.keys()
    assert shipped.keys().isdisjoint({"pytest", "mypy", "ruff"})
