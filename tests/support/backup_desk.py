"""A union's workspace with members, something captured, and a report, and what is to be the same in a copy of it."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from monitor.cli.main import main
from monitor.workspace import open_workspace
from registry.audit import AuditEntry, verify_audit
from registry.references import Reference
from registry.subjects import Subject
from registry.template_rows import TemplateRow
from tests.support.rosters import people, take_in, union_workspace, write_csv

NAMES = ("Ada Lovelace", "Grace Hopper", "Mary Somerville")


def furnish(folder: Path) -> Path:
    """The workspace at folder/work."""
    photos = people(folder / "photos", len(NAMES))
    rows = [["number", "name", "photo"], *([n, name, f"{n}/0.png"] for n, name in enumerate(NAMES, 1))]
    with union_workspace(folder / "work") as workspace:
        take_in(workspace, write_csv(folder / "roster.csv", rows), photos)
        workspace.vault.put([b"what a public page held" * 5000])
        (workspace.reports / "2026-W01").mkdir()
        (workspace.reports / "2026-W01" / "weekly.pdf").write_bytes(b"%PDF a report")
    return folder / "work"


def type_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """The exit code of a command, and what it printed and told."""
    monkeypatch.setattr("sys.argv", ["semblance", *map(str, words)])
    capsys.readouterr()
    code = main()
    said = capsys.readouterr()
    return code, said.out, said.err


def state(root: Path) -> dict[str, Any]:
    """What a workspace holds: names, photos read through, templates opened, documents, and the log's entries."""
    with open_workspace(root) as workspace, workspace.session() as session:
        references = session.exec(select(Reference)).all()
        photos = sorted((one.subject_id, len(b"".join(workspace.vault.chunks(one.sha256)))) for one in references)
        for one in references:
            workspace.vault.verify(one.sha256)
        public = sorted(workspace.vault.public())
        for digest in public:
            workspace.vault.verify(digest)
        return {
            "names": sorted(session.exec(select(Subject.name))),
            "photos": photos,
            "public": public,
            "templates": len(session.exec(select(TemplateRow)).all()),
            "documents": sorted(
                (path.relative_to(root).as_posix(), path.read_bytes()) for path in (root / "reports").rglob("*") if path.is_file()
            ),
            "log": session.exec(select(AuditEntry.digest).order_by(AuditEntry.seq)).all()[:5],
            "whole": verify_audit(session).ok,
        }


def files_of(root: Path) -> dict[str, bytes]:
    """All files of a folder but locks and the log beside the database."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in (".run.lock", ".mail.lock", "semblance.db-wal", "semblance.db-shm")
    }
