"""The commands one after another in a workspace whose database is PostgreSQL's, as its settings name it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_desk import Desk
from tests.support.drawn_clips import figure, save
from tests.support.loopback_site import Site
from tests.support.postgres_server import Server
from tests.support.watched_site import SETTINGS, publish


@pytest.fixture
def desk(
    tmp_path: Path, postgres_server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    root = tmp_path / "work"
    root.mkdir()
    named = f'{SETTINGS}\n[database]\nurl = "{postgres_server.new_database()}"\n'
    (root / "semblance.toml").write_text(named, encoding="utf-8")
    desk = Desk(root, monkeypatch, capsys)
    desk.run("init")
    yield desk
    assert not list(root.glob("semblance.db*"))


def test_from_an_empty_folder_to_a_draft_on_postgres(desk: Desk, site: Site, tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    publish(site, tmp_path / "clips", [1, None])
    desk.run("party", "add", "Studio", "--kind", "studio", "--email", "legal@studio.example", "--signatory", "S. Igner")
    desk.run("subject", "add", "Mascot", "--kind", "character", "--party", "Studio", "--own-verified-by", "R. Reader")
    desk.run("reference", "add", "Mascot", save(tmp_path / "mascot.png", figure(1)))
    assert [row["name"] for row in desk.json("party", "list", "--search", "stud")] == ["Studio"]
    desk.run("source", "add", "front", site.url("/"), "--kind", "page")
    assert desk.json("run", "--once")["new_matches"] == 1
    (match,) = desk.json("review", "list")
    desk.run("review", "confirm", match["id"][:10], "--reviewer", "R. Viewer", "--reason", "It is our mascot.")
    (case,) = desk.json("case", "list")
    assert desk.json("case", "show", case["id"])["matches"][0]["status"] == "confirmed"
    considered = ("--fair-use-by", "C. Ounsel", "--fair-use-on", "2026-11-01", "--fair-use-reason", "No comment, no parody.")
    notice = desk.json("notice", "draft", case["id"], "--by", "C. Ounsel", *considered)
    assert Path(notice["pdf"]).read_bytes().startswith(b"%PDF")
    assert desk.json("report", "weekly", "--party", "Studio")["confirmed"] == 1
    bundle = Path(desk.json("evidence", "export", case["id"])["bundle"])
    assert "Whole" in desk.run("evidence", "verify", bundle).stdout
    assert desk.json("run", "--once")["new_matches"] == 0
    desk.run("audit", "verify")
    desk.run("erase", "Mascot", "--reason", "asked", "--yes")
    desk.run("audit", "verify")


def test_a_backup_is_made_and_read_through(desk: Desk, tmp_path: Path) -> None:
    desk.run("party", "add", "Studio", "--kind", "studio")
    desk.run("backup", tmp_path / "backups")
    assert "is whole" in desk.run("backup", tmp_path / "backups", "--verify").stdout


def test_a_password_is_no_part_of_the_settings_file_and_of_no_message(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = desk.root / "semblance.toml"
    there = path.read_text("utf-8")
    path.write_text(there.replace("postgres@/", "postgres:hunter2@/"), encoding="utf-8")
    refused = desk.run("party", "list", code=2).stderr
    assert "holds the password itself" in refused
    assert "hunter2" not in refused
    path.write_text(there.replace("postgres@/test_", "postgres@/absent_"), encoding="utf-8")
    monkeypatch.setenv("SEMBLANCE_DATABASE__PASSWORD", "hunter2")
    absent = desk.run("party", "list", code=3).stderr
    assert "there is no such database" in absent
    assert "hunter2" not in absent
    monkeypatch.setenv("SEMBLANCE_DATABASE__URL", "mysql://root:hunter2@localhost/x")
    wrong = desk.run("party", "list", code=2).stderr
    assert "it begins with postgresql+psycopg://" in wrong
    assert "hunter2" not in wrong
