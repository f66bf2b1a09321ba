"""What docs/cluster.md says to type begins a cluster, and a run over it finds what there is to find."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from monitor.engine.kinds import EngineKind
from monitor.settings import load_settings
from tests.support.loopback_site import open_site
from tests.support.ray_cluster import RAY, Cluster, no_machine_yet
from tests.support.watched_site import SETTINGS, make_workspace, publish

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "cluster.md").read_text("utf-8")
HEAD = "HEAD:6379"


def lines() -> list[str]:
    """What the page says to type into a terminal, outside of Semblance."""
    blocks = re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def typed(running: Cluster, line: str) -> None:
    here = line.replace(HEAD, running.address).replace("--port=6379", f"--port={running.port}")
    first, *words = shlex.split(re.sub(r"--num-cpus=\d+", "--num-cpus=1", here))
    if first == "export":
        name, _, value = words[0].partition("=")
        assert running.environment[name] == value
    elif words[0] == "start":
        running.start(*words[1:])
    else:
        subprocess.run([str(RAY), *words], env=running.environment, check=True, capture_output=True)


def test_what_the_page_says_begins_a_cluster_and_a_run_uses_it(tmp_path: Path) -> None:
    root = tmp_path / "work"
    with open_site() as site, no_machine_yet() as running:
        publish(site, tmp_path, [1, None])
        make_workspace(root, site, tmp_path, [1])
        for line in lines():
            typed(running, line)
        assert len(running.nodes) == 2
        (said,) = re.findall(r"`(semblance run --engine[^`]*)`", PAGE)
        words = shlex.split(said.replace(HEAD, running.address))[1:]
        command = [sys.executable, "-m", "monitor.cli.main", "--workspace", str(root), *words, "--json"]
        done = subprocess.run(command, cwd=ROOT, env=running.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"scanned": 2' in done.stdout
    assert '"new_matches": 1' in done.stdout
    assert '"problems": []' in done.stdout


def test_the_settings_on_the_page_are_settings(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    written = re.sub(r"^# (?=\w+ = )", "", block, flags=re.MULTILINE)
    (tmp_path / "semblance.toml").write_text(SETTINGS + written, encoding="utf-8")
    engine = load_settings(tmp_path).engine
    assert (engine.kind, engine.address, engine.workers) == (EngineKind.RAY, HEAD, 32)
    assert engine.patience_seconds == type(engine)().patience_seconds
    assert None not in (engine.vault, engine.models, engine.token_file)
