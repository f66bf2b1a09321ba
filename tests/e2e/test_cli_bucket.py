"""The commands one after another in a workspace whose vault lies in a bucket, against a store and a site on loopback."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crawler.videos import Capture
from monitor.disposing import apply_policy
from monitor.locks import WorkspaceBusy
from monitor.vault_moving import MoveRefused, check_vault, move_vault
from monitor.workspace import alone, open_workspace, unused_by_others
from registry.db import now
from registry.references import Reference
from registry.vault.bucket_place import Place
from reports.matches import MatchRow, Scan
from tests.support.backup_desk import furnish
from tests.support.command_desk import Desk
from tests.support.drawn_clips import figure, save
from tests.support.loopback_site import Site, open_site
from tests.support.s3_store import ACCESS, SECRET, Store, store
from tests.support.watched_site import SETTINGS, publish

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def s3_store() -> Iterator[Store]:
    with store() as running:
        yield running


@pytest.fixture
def place(s3_store: Store, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("SEMBLANCE_VAULT__SECRET_KEY", SECRET)
    return s3_store.new_place("desk/", locking=True)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_site() as site:
        (tmp_path / "clips").mkdir()
        publish(site, tmp_path / "clips", [1, None])
        yield site


def vault_section(place: Place, url: str) -> str:
    return f'\n[vault]\n{url}endpoint = "{place.endpoint}"\naccess_key = "{ACCESS}"\nlock_days = 30\n'


def named(place: Place) -> str:
    return f'url = "s3://{place.bucket}/desk"\n'


class Desks:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._given = folder, (monkeypatch, capsys)

    def new(self, name: str, settings: str = "") -> Desk:
        desk = Desk(self._folder / name, *self._given)
        desk.root.mkdir()
        (desk.root / "semblance.toml").write_text(SETTINGS + settings, encoding="utf-8")
        desk.run("init")
        return desk

    def watched(self, name: str, site: Site, settings: str = "") -> Desk:
        """One that has looked at the site."""
        desk = self.new(name, settings)
        desk.run("party", "add", "Studio", "--kind", "studio", "--email", "legal@studio.example", "--signatory", "S. Igner")
        desk.run("subject", "add", "Mascot", "--kind", "character", "--party", "Studio", "--own-verified-by", "R. Reader")
        desk.run("reference", "add", "Mascot", save(self._folder / "mascot.png", figure(1)))
        desk.run("source", "add", "front", site.url("/"), "--kind", "page")
        assert desk.json("run", "--once")["new_matches"] == 1
        return desk


@pytest.fixture
def desks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desks:
    return Desks(tmp_path, monkeypatch, capsys)


def rows(desk: Desk) -> Any:
    """What was captured, scanned and matched, without ids and moments of their own."""
    with open_workspace(desk.root) as workspace, workspace.session() as session:
        captures = session.exec(select(Capture).order_by(Capture.media_sha256)).all()
        media = {each.id: each.media_sha256 for each in captures}
        scans = sorted((media[each.capture_id], str(each.failure), each.share) for each in session.exec(select(Scan)))
        matches = [
            (media[each.capture_id], each.score, each.threshold, each.t_start, each.t_end, str(each.best_box), each.status)
            for each in session.exec(select(MatchRow))
        ]
        return [(each.media_sha256, each.media_size, each.media_type) for each in captures], scans, matches


def confirmed_case(desk: Desk) -> str:
    (match,) = desk.json("review", "list")
    desk.run("review", "confirm", match["id"][:10], "--reviewer", "R. Viewer", "--reason", "It is our mascot.")
    return str(desk.json("case", "list")[0]["id"])


def test_a_bucket_gives_the_rows_that_a_folder_gives_and_evidence_that_verifies(
    desks: Desks, place: Place, site: Site, s3_store: Store, tmp_path: Path
) -> None:
    folder = desks.watched("folder", site)
    bucket = desks.watched("bucket", site, vault_section(place, named(place)))
    assert rows(bucket) == rows(folder)
    assert not [path for kind in ("sha256", "private") for path in bucket.root.glob(f"vault/{kind}/*/*/*")]
    case = confirmed_case(bucket)
    bundle = Path(bucket.json("evidence", "export", case)["bundle"])
    assert "Whole" in bucket.run("evidence", "verify", bundle).stdout
    assert "each is there and has its bytes" in bucket.run("vault", "check", "--read-all").stdout
    bucket.run("keys", "rotate")
    bucket.run("audit", "verify")
    assert {each["check"]: each["state"] for each in bucket.json("doctor")}["vault"] == "ok"

    with open_workspace(bucket.root) as workspace, workspace.session() as session:
        reference = session.exec(select(Reference.sha256)).one()
        evidence = session.exec(select(Capture.media_sha256, MatchRow.id).join(MatchRow)).one()[0]
    bucket.run("erase", "Mascot", "--reason", "asked", "--yes")
    # No version of it is left, and nothing on this disk.
    assert s3_store.versions(place, f"private/{reference[:2]}") == []
    assert not [path for path in bucket.root.rglob("*") if path.is_file() and _holds(path, tmp_path / "mascot.png")]
    with open_workspace(bucket.root) as workspace, workspace.session() as session:
        apply_policy(workspace, session, now() + timedelta(days=100))
        # What the bundle was made of is locked for as long as the settings say; the other video went.
        assert list(workspace.vault.public()).count(evidence) == 1
        left = {each.media_sha256 for each in session.exec(select(Capture))} & set(workspace.vault.public())
        assert left == {evidence}


def _holds(path: Path, photo: Path) -> bool:
    return hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(photo.read_bytes()).digest()


def test_a_vault_moves_to_a_bucket_and_back_and_is_checked_on_the_way(
    desks: Desks, place: Place, site: Site, s3_store: Store, tmp_path: Path
) -> None:
    desk = desks.watched("work", site, vault_section(place, ""))
    before = rows(desk)
    where = f"s3://{place.bucket}/desk"
    moved = desk.json("vault", "move", where)
    assert moved["objects"] == moved["sent"] > 4
    assert desk.json("vault", "move", where) == {**moved, "sent": 0}
    settings = desk.root / "semblance.toml"
    there = settings.read_text("utf-8")
    settings.write_text(there.replace("[vault]\n", f"[vault]\n{named(place)}"), encoding="utf-8")
    assert "no erasure reaches them there" in json.dumps(desk.json("doctor", code=1))
    desk.run("vault", "clear")
    assert not [path for kind in ("sha256", "private") for path in desk.root.glob(f"vault/{kind}/*/*/*")]
    desk.run("vault", "check", "--read-all")
    assert rows(desk) == before
    assert "Whole" in desk.run("evidence", "verify", desk.json("evidence", "export", confirmed_case(desk))["bundle"]).stdout

    backups = tmp_path / "backups"
    made = desk.json("backup", backups)
    again = desk.json("backup", backups)
    assert made["damaged"] == again["damaged"] == []
    assert again["new"] < made["new"]
    desk.run("backup", backups, "--verify")
    desk.run("restore", backups, "--to", tmp_path / "restored", "--key", desk.root / "keys" / "data.key")
    restored = Desk(tmp_path / "restored", desk._monkeypatch, desk._capsys)
    assert "[vault]" not in (restored.root / "semblance.toml").read_text("utf-8")
    restored.run("vault", "check", "--read-all")
    assert [each[:3] for each in rows(restored)[0]] == [each[:3] for each in rows(desk)[0]]

    lost = before[0][0][0]
    s3_store.remove(place, lost)
    assert f"{lost} is absent" in desk.run("vault", "check", code=4).stdout
    assert "of the vault names" in desk.run("vault", "move", "folder", code=2).stderr
    assert not list(desk.root.glob("vault/sha256/*/*/*"))
    with open_workspace(restored.root) as whole, open_workspace(desk.root) as workspace:
        workspace.vault.put(whole.vault.chunks(lost))
    assert desk.json("vault", "move", "folder")["to"] == ""
    assert list(desk.root.glob(f"vault/sha256/*/*/{lost}"))
    assert "no place for a vault" in desk.run("vault", "move", "ftp://x", code=2).stderr
    assert "lies there already" in desk.run("vault", "move", where, code=2).stderr


def test_a_move_from_a_bucket_that_was_named_too_early_is_refused_and_nothing_goes(
    desks: Desks, place: Place, site: Site
) -> None:
    desk = desks.watched("work", site, vault_section(place, ""))
    lying = sorted(path for kind in ("sha256", "private") for path in desk.root.glob(f"vault/{kind}/*/*/*"))
    settings = desk.root / "semblance.toml"
    there = settings.read_text("utf-8")
    settings.write_text(there.replace("[vault]\n", f"[vault]\n{named(place)}"), encoding="utf-8")
    assert "take it out of semblance.toml" in desk.run("vault", "move", "folder", code=2).stderr
    assert sorted(path for kind in ("sha256", "private") for path in desk.root.glob(f"vault/{kind}/*/*/*")) == lying
    settings.write_text(there, encoding="utf-8")
    desk.run("vault", "check", "--read-all")


def test_a_move_has_the_workspace_alone_and_removes_nothing(place: Place, tmp_path: Path) -> None:
    root = furnish(tmp_path)
    settings, where = root / "semblance.toml", f"s3://{place.bucket}/desk"
    begun = settings.read_text("utf-8")
    lying = sorted(path for kind in ("sha256", "private") for path in root.glob(f"vault/{kind}/*/*/*"))
    settings.write_text(begun + vault_section(place, named(place)), encoding="utf-8")
    with open_workspace(root) as workspace, pytest.raises(MoveRefused, match="not in s3://"):
        move_vault(workspace, "folder")
    assert sorted(path for kind in ("sha256", "private") for path in root.glob(f"vault/{kind}/*/*/*")) == lying
    settings.write_text(begun + vault_section(place, ""), encoding="utf-8")
    with open_workspace(root), open_workspace(root) as workspace, pytest.raises(WorkspaceBusy, match="A server or another"):
        move_vault(workspace, where)
    with (
        open_workspace(root) as workspace,
        unused_by_others(workspace),
        pytest.raises(WorkspaceBusy, match="is being moved"),
        open_workspace(root),
    ):
        raise AssertionError("it was opened")
    with open_workspace(root) as workspace:
        assert move_vault(workspace, where).sent == len(lying)
    settings.write_text(begun + vault_section(place, named(place)), encoding="utf-8")
    with open_workspace(root) as workspace:
        assert check_vault(workspace, read=True).unnamed == ()
        waste = workspace.vault.put([b"of somebody who was erased"], private=True).sha256
        found = check_vault(workspace, read=True)
        assert (found.absent, found.damaged, found.unnamed) == ((), (), (waste,))


def test_a_locked_object_with_the_bytes_of_a_reference_does_not_break_off_the_policy(place: Place, tmp_path: Path) -> None:
    root = furnish(tmp_path)
    settings = root / "semblance.toml"
    begun = settings.read_text("utf-8")
    settings.write_text(begun + vault_section(place, ""), encoding="utf-8")
    with open_workspace(root) as workspace:
        move_vault(workspace, f"s3://{place.bucket}/desk")
    settings.write_text(begun + vault_section(place, named(place)), encoding="utf-8")
    with open_workspace(root) as workspace, workspace.session() as session:
        sealed = min(workspace.vault.sealed())
        workspace.vault.put(list(workspace.vault.chunks(sealed)))
        workspace.vault.lock(sealed)
        waste = workspace.vault.put([b"no row needs it"]).sha256
        apply_policy(workspace, session, now())
        assert sealed in set(workspace.vault.public())
        assert waste not in set(workspace.vault.public())


def test_a_move_that_is_killed_goes_on_and_one_beside_a_run_is_refused(
    desks: Desks, place: Place, site: Site, s3_store: Store
) -> None:
    desk = desks.watched("work", site, vault_section(place, ""))
    where = f"s3://{place.bucket}/desk"
    script = (
        "import os, signal, sys\n"
        "import registry.vault.bucket as bucket\n"
        "from monitor.cli.main import main\n"
        "put, count = bucket.Bucket.put, []\n"
        "def killed(*given, **told):\n"
        "    done = put(*given, **told)\n"
        "    count.append(1)\n"
        "    if len(count) == 4:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return done\n"
        "bucket.Bucket.put = killed\n"
        "sys.argv[0] = 'semblance'\n"
        "main()\n"
    )
    words = [sys.executable, "-c", script, "-w", str(desk.root), "vault", "move", where]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run(words, env=environment, check=False, capture_output=True).returncode == -signal.SIGKILL
    moved = desk.json("vault", "move", where)
    assert 0 < moved["sent"] < moved["objects"]
    with open_workspace(desk.root) as workspace, alone(workspace):
        assert "Another run" in desk.run("vault", "move", where, code=3).stderr
    with open_workspace(desk.root):
        # As a server has it, whose erasures would not reach what was copied by then.
        assert "Stop the server" in desk.run("vault", "move", where, code=3).stderr
    with open_workspace(desk.root) as workspace, unused_by_others(workspace):
        assert "is being moved" in desk.run("party", "list", code=3).stderr
    desk.run("party", "list")


def test_a_secret_in_the_settings_file_is_refused_and_half_a_key_is_told(
    desks: Desks, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desks.new("work", vault_section(place, ""))
    settings = desk.root / "semblance.toml"
    there = settings.read_text("utf-8")
    settings.write_text(there.replace("[vault]\n", '[vault]\nsecret_key = "hunter2"\n'), encoding="utf-8")
    refused = desk.run("party", "list", code=2).stderr
    assert "holds the secret of the vault's access key itself" in refused
    assert "hunter2" not in refused
    settings.write_text(there.replace("[vault]\n", f"[vault]\n{named(place)}"), encoding="utf-8")
    monkeypatch.delenv("SEMBLANCE_VAULT__SECRET_KEY")
    assert "its secret is not given" in desk.run("party", "list", code=2).stderr
    (desk.root / "secret").write_text("from a file\n", encoding="utf-8")
    with settings.open("a", encoding="utf-8") as file:
        file.write('secret_key_file = "secret"\n')
    desk.run("party", "list")
