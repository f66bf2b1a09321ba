"""The engine of many machines, over a cluster of Ray: the same rows as on one machine, whatever ends meanwhile."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crawler.health import SourceKind, SourceRow
from crawler.videos import Capture
from matcher.packs.adding import add
from matcher.types import Gallery, GallerySubject, ScanResult
from monitor.engine.cluster import ClusterEngine, ClusterFailed
from monitor.engine.kinds import EngineKind
from monitor.engine.local import LocalEngine
from monitor.engine.scanner import WORKERS_PER_FILE
from monitor.enrolment import enrol_file
from monitor.recognisers import RecogniserSpec, build_recognisers, recogniser_spec
from monitor.runs.once import run_once
from monitor.settings import ScanSettings
from monitor.settings_engine import EngineSettings
from monitor.workspace import init_workspace, open_workspace
from registry.kinds import PartyKind, SubjectKind
from registry.parties import add_party
from registry.subjects import add_subject
from registry.types import Template
from registry.vault.local import LocalVault
from registry.vault.place import FolderPlace
from reports.matches import MatchRow, Scan
from tests.support.drawn_clips import encode, figure, pan, scene
from tests.support.loopback_site import open_site
from tests.support.mandated import mandate_all
from tests.support.ray_cluster import Cluster, cluster, end, members
from tests.support.watched_site import SETTINGS

ROOT = Path(__file__).resolve().parents[3]
SPEC = RecogniserSpec(Path("/nowhere"), (), True, ())
LIMITS = ScanSettings(workers=2, max_seconds=120)
NAME = "A mascot that nobody knows of yet"
PEOPLE, CLIPS = ("fid_anne", "fid_bookman"), ("fid_anne", "fid_anne2", "fid_bookman", "fid_carman")
# A gallery's number is the moment at which it was first looked with.
WHEN = {"scanned_at", "seconds", "found_at", "gallery_number"}


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    artwork, *_ = build_recognisers(SPEC)
    subject = GallerySubject("s1", NAME, SubjectKind.CHARACTER)
    return Gallery({"s1": subject}, (Template("s1", "r1", artwork.encoder, artwork.enrol(figure(1))),))


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> LocalVault:
    return LocalVault(tmp_path_factory.mktemp("cluster") / "vault")


@pytest.fixture(scope="module")
def clips(vault: LocalVault, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Digests of drawn clips, half of which show the mascot."""
    folder = tmp_path_factory.mktemp("clips")
    for number in range(8):
        encode(folder / f"{number}.mp4", pan(figure(1) if number % 2 else None, scene(number)))
    return [vault.put([(folder / f"{number}.mp4").read_bytes()]).sha256 for number in range(8)]


def place_of(vault: LocalVault) -> FolderPlace:
    return FolderPlace(vault.readable[0].parent)


def engine(vault: LocalVault, running: Cluster, place: FolderPlace | None = None, **settings: Any) -> ClusterEngine:
    said = {"kind": EngineKind.RAY, "address": running.address, "token_file": running.token_file} | settings
    return ClusterEngine(vault, place or place_of(vault), LIMITS, EngineSettings(**said))


def found(results: Any) -> list[dict[str, Any]]:
    """What was found, without the time that it took."""
    return [vars(looked.result) | {"seconds": 0.0} for looked in results]


def lookers(running: Cluster) -> list[int]:
    """Processes of the cluster's workers that look at media."""
    return [pid for node in running.nodes for pid in members(node) if _title(pid).startswith(b"ray::Looker")]


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def kill_lookers(running: Cluster, times: int, until: threading.Event) -> threading.Thread:
    """Kill so many workers, each once it has been there for a while."""

    def kill() -> None:
        killed: set[int] = set()
        while len(killed) < times and not until.is_set():
            for pid in lookers(running):
                if pid not in killed and _works(pid):
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
                    break
            time.sleep(0.02)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def _works(pid: int) -> bool:
    """Whether it has its confined process, which ends with it, and that process has opened something of the vault."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text("ascii").split():
            if any("/vault/sha256/" in _target(link) for link in _links(int(child))):
                return True
    return False


def _links(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return []


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def test_workers_that_are_killed_cost_no_object(
    ray_cluster: Cluster, vault: LocalVault, clips: list[str], gallery: Gallery
) -> None:
    expected = found(LocalEngine(vault, LIMITS).scan(SPEC, gallery, clips))
    over = threading.Event()
    thread = kill_lookers(ray_cluster, 2, over)
    got = found(engine(vault, ray_cluster).scan(SPEC, gallery, clips))
    over.set()
    thread.join()
    assert got == expected
    assert [len(each["matches"]) for each in got] == [0, 1] * 4


def processes_under(pid: int) -> list[int]:
    try:
        started = [int(each) for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()]
    except OSError:
        return []
    return [*started, *(under for each in started for under in processes_under(each))]


def end_all(pids: list[int]) -> None:
    """Kill them, and wait until each has let go of what it had."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    while any(map(_holds_files, pids)):
        time.sleep(0.02)


def _holds_files(pid: int) -> bool:
    try:
        return any(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


@contextmanager
def ends_whoever_opens(path: Path, running: Cluster, times: int) -> Iterator[list[int]]:
    """Kill so many workers, each while it opens that file: whoever opens a leased one waits for who has leased it, so none comes
    to its end before. Yields their ids."""
    ignored = signal.signal(signal.SIGIO, signal.SIG_IGN)
    over, killed = threading.Event(), list[int]()

    def kill(descriptor: int) -> None:
        while len(killed) < times and not over.wait(0.02):
            if fcntl.fcntl(descriptor, fcntl.F_GETLEASE) != fcntl.F_WRLCK:
                killed.extend(there := lookers(running))
                # Who waits to open it may be a process under the worker, which would have it once the lease is given back.
                end_all([*there, *(under for pid in there for under in processes_under(pid))])
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
                if len(killed) < times:
                    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)

    with path.open("rb+") as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        thread = threading.Thread(target=kill, args=(file.fileno(),))
        thread.start()
        try:
            yield killed
        finally:
            over.set()
            thread.join()
            signal.signal(signal.SIGIO, ignored)


def test_an_object_that_ends_three_workers_is_set_aside_and_the_next_is_looked_at(
    ray_cluster: Cluster, vault: LocalVault, clips: list[str], gallery: Gallery
) -> None:
    with vault.as_file(clips[0]) as path:
        path.chmod(0o600)
    with ends_whoever_opens(path, ray_cluster, WORKERS_PER_FILE) as killed:
        first, second = engine(vault, ray_cluster, workers=1).scan(SPEC, gallery, clips[:2])
    assert len(killed) == WORKERS_PER_FILE
    assert isinstance(first.result, ScanResult)
    assert first.result.failure is not None
    assert "3 times in a row" in first.result.failure.what
    assert second.result is not None
    assert second.result.failure is None


def test_who_stops_listening_leaves_no_worker_behind_and_rays_folder_tells_nothing(
    ray_cluster: Cluster, vault: LocalVault, clips: list[str], gallery: Gallery
) -> None:
    with closing(engine(vault, ray_cluster).scan(SPEC, gallery, clips)) as every:
        assert next(every).result is not None
        assert lookers(ray_cluster)
    while lookers(ray_cluster):
        time.sleep(0.1)
    kept = b"\0".join(path.read_bytes() for path in ray_cluster.session.rglob("*") if path.is_file())
    assert b"Looker" in kept
    arrays = gallery.templates[0].arrays.values()
    for told in (NAME.encode(), ray_cluster.token_file.read_bytes(), *(array.tobytes()[:64] for array in arrays)):
        assert told not in kept


def test_a_cluster_that_cannot_be_used_is_told_with_what_to_do(
    ray_cluster: Cluster, vault: LocalVault, clips: list[str], gallery: Gallery, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("0" * 64, "ascii")
    LocalVault(tmp_path / "other")
    for wrong, why, remedy in (
        (engine(vault, ray_cluster, address="127.0.0.1:1"), "No cluster answers", "Start Ray's head"),
        (engine(vault, ray_cluster, address="ray://127.0.0.1:10001"), "is no address", "HOST:PORT"),
        (engine(vault, ray_cluster, token_file=tmp_path / "token"), "does not let this machine in", "token"),
        (engine(vault, ray_cluster, FolderPlace(tmp_path / "other")), "does not see the vault's object", "engine.vault"),
    ):
        with pytest.raises(ClusterFailed, match=why) as failed:
            list(wrong.scan(SPEC, gallery, clips[:1]))
        assert remedy in failed.value.remedy


def test_a_machine_that_is_lost_costs_nothing_and_a_cluster_that_is_lost_is_told(
    vault: LocalVault, clips: list[str], gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_gcs_rpc_server_reconnect_timeout_s", "3")
    with cluster(cores=0) as running:
        node = running.start(f"--address={running.address}", "--num-cpus=1")
        with closing(engine(vault, running).scan(SPEC, gallery, clips)) as every:
            got = [next(every)]
            end(node)
            running.start(f"--address={running.address}", "--num-cpus=1")
            got += [next(every) for _ in clips[1:4]]
            assert [each.sha256 for each in got] == clips[:4]
            assert all(each.result is not None and each.result.failure is None for each in got)
            for part in running.nodes:
                end(part)
            with pytest.raises(ClusterFailed, match="went away") as failed:
                list(every)
            assert "next run" in failed.value.remedy


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, shared_data: Path, shared_models: Path) -> Iterator[Path]:
    """A workspace that has not run yet: a site with generated videos of real faces, two of whose people are enrolled."""
    folder = tmp_path_factory.mktemp("prepared")
    add(folder / "models", shared_models / "edge")
    root, data = folder / "work", shared_data / "ai_video"
    with open_site() as site:
        init_workspace(root)
        settings = SETTINGS.replace('pack = ""', f'pack = "edge"\nmodels = "{folder / "models"}"')
        (root / "semblance.toml").write_text(settings, encoding="utf-8")
        videos = [site.file(f"/{name}.mp4", (data / "probe" / f"{name}.mp4").read_bytes()) for name in CLIPS]
        site.page("/", "".join(f'<video src="{address}"></video>' for address in videos))
        with open_workspace(root) as workspace, workspace.session() as session:
            recognisers = build_recognisers(recogniser_spec(workspace.settings))
            union = add_party(session, "Union", PartyKind.UNION)
            for name in PEOPLE:
                subject = add_subject(session, union, name, SubjectKind.PERSON)
                enrol_file(workspace, session, recognisers, subject, data / "ref" / f"{name}.jpg")
            mandate_all(session)
            session.add(SourceRow(name="front", kind=SourceKind.PAGE, url=site.url("/")))
            session.commit()
        yield root


def rows(root: Path) -> dict[str, list[Any]]:
    """All that a run put on record of what it found, without the times at which it did."""
    with open_workspace(root) as workspace, workspace.session() as session:
        captures = [(each.id, each.video_id, each.media_sha256) for each in session.exec(select(Capture))]
        found_there = {table.__name__: _fields(session.exec(select(table)).all()) for table in (Scan, MatchRow)}
        return {"Capture": sorted(captures)} | found_there


def _fields(every: Any) -> list[dict[str, Any]]:
    fields = ({name: value for name, value in row.model_dump().items() if name not in WHEN} for row in every)
    return sorted(fields, key=lambda row: str(row["id"]))


def command(root: Path, running: Cluster) -> "subprocess.Popen[str]":
    words = ["--workspace", str(root), "run", "--engine", "ray", "--address", running.address, "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "monitor.cli.main", *words],
        cwd=ROOT,
        env={**os.environ, "SEMBLANCE_ENGINE__TOKEN_FILE": str(running.token_file)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_rows_are_those_of_one_machine_also_after_a_run_that_was_killed(
    prepared: Path, ray_cluster: Cluster, tmp_path: Path
) -> None:
    local, killed = tmp_path / "local", tmp_path / "killed"
    for root in (local, killed):
        shutil.copytree(prepared, root)
    with open_workspace(local) as workspace:
        assert run_once(workspace).problems == []
    begun = command(killed, ray_cluster)
    assert begun.stderr is not None
    for line in begun.stderr:
        if f"Scanning: {len(CLIPS) - 1} captures to go" in line:
            break
    begun.kill()
    begun.communicate()
    assert 0 < len(rows(killed)["Scan"]) < len(CLIPS)
    again = command(killed, ray_cluster)
    said, complaints = again.communicate()
    assert again.returncode == 0, complaints
    assert '"problems": []' in said
    assert rows(killed) == rows(local)
    assert {row["subject_id"] for row in rows(local)["MatchRow"]}
