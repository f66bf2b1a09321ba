"""What watches over the machine asks: it is told the truth about the workspace, and nothing of anybody in it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as families
from sqlalchemy import text
from sqlmodel import select

from crawler.health import SourceRow
from crawler.videos import Video
from monitor.migrations import HEAD
from monitor.runs.once import run_once
from monitor.workspace import open_workspace
from registry.parties import Party
from registry.subjects import Subject
from reports.notices.notice import Notice
from tests.support.api_desk import served
from tests.support.loopback_site import open_site
from tests.support.small_disk import fill, small_disk
from tests.support.watched_site import TITLE, make_workspace, publish


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace after a run that captured two videos, one of which shows what is enrolled."""
    folder = tmp_path_factory.mktemp("run")
    with open_site() as site:
        publish(site, folder, [1, None])
        make_workspace(folder / "work", site, folder, [1])
        with open_workspace(folder / "work") as workspace:
            assert run_once(workspace).captured == 2
    return folder / "work"


@pytest.fixture
def base(root: Path) -> Iterator[str]:
    with served(root) as base:
        yield base


def values(said: str) -> dict[tuple[str, str], float]:
    return {(one.name, "".join(one.labels.values())): one.value for family in families(said) for one in family.samples}


def test_figures_are_those_of_the_database(base: str) -> None:
    answer = requests.get(f"{base}/metrics", timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found = values(answer.text)
    assert found["semblance_videos", "captured"] == 2
    assert found["semblance_videos", "failed"] == 0
    assert found["semblance_captures", ""] == 2
    assert found["semblance_scans", "readable"] == 2
    assert found["semblance_matches", "pending"] >= 1
    assert found["semblance_oldest_waiting_seconds", "review"] > 0
    assert found["semblance_oldest_waiting_seconds", "scan"] == 0
    assert (
        found["semblance_last_run_end_timestamp_seconds", ""] >= found["semblance_last_crawl_end_timestamp_seconds", ""] > 1.7e9
    )


def test_figures_come_as_openmetrics_for_whoever_asks_so(base: str) -> None:
    answer = requests.get(f"{base}/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}, timeout=30)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert "semblance_videos" in {family.name for family in open_metrics(answer.text)}


def test_nothing_that_is_told_names_anybody(base: str, root: Path) -> None:
    said = "".join(requests.get(f"{base}/{path}", timeout=30).text for path in ("metrics", "readyz", "healthz"))
    with open_workspace(root) as workspace, workspace.session() as session:
        texts = {*session.exec(select(Party.name)), *session.exec(select(Subject.name)), *session.exec(select(SourceRow.name))}
        texts |= {*session.exec(select(Video.media_url)), *session.exec(select(Video.id)), TITLE, str(root), "127.0.0.1"}
        assert not session.exec(select(Notice)).first()
    assert [one for one in texts if one in said] == []
    assert set(re.findall(r'(\w+)="', said)) <= {"state", "status", "result", "waits_for"}


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_figures_are_not_told_through_a_proxy(base: str, header: str) -> None:
    answer = requests.get(f"{base}/metrics", headers={header: "127.0.0.1"}, timeout=30)
    assert answer.status_code == 403
    assert "semblance_" not in answer.text


def test_it_is_ready_and_alive(base: str) -> None:
    assert requests.get(f"{base}/readyz", timeout=30).json() == {"status": "ready"}
    assert requests.get(f"{base}/healthz", timeout=30).json() == {"status": "alive"}


def test_it_is_not_ready_with_a_database_of_another_version(root: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "work"))
    with served(copy) as base:
        assert requests.get(f"{base}/readyz", timeout=30).status_code == 200
        with open_workspace(copy) as workspace, workspace.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        answer = requests.get(f"{base}/readyz", timeout=30)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert answer.json() == {
            "status": "not ready",
            "why": {"database": f"its schema is 9999, and this program's is {HEAD}"},
        }
        assert requests.get(f"{base}/healthz", timeout=30).status_code == 200


def test_it_is_not_ready_on_a_disk_that_is_full(root: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "400m") as disk:
        copy = Path(shutil.copytree(root, disk / "work"))
        with served(copy) as base:
            assert requests.get(f"{base}/readyz", timeout=30).status_code == 200
            fill(disk)
            assert set(requests.get(f"{base}/readyz", timeout=30).json()["why"]) >= {"disk"}
            (disk / "filler").unlink()
            assert requests.get(f"{base}/readyz", timeout=30).status_code == 200
