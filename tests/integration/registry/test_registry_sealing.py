"""Data at rest: without the key the files yield no photo and no vector; a rotation may end at any moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import Session, select

from monitor.workspace import Workspace, init_workspace, open_workspace
from registry.arrays import to_bytes
from registry.crypto import KeyAbsent, is_sealed, keys_from_text
from registry.mandates import add_mandate
from registry.parties import add_party
from registry.references import add_reference, list_references
from registry.sealing import rotate
from registry.subjects import add_subject
from registry.template_rows import clear_templates
from registry.templates import TemplateRow, load_gallery_templates, store_template
from registry.types import PartyKind, SubjectKind, Template
from tests.support.direct_database import directly, held_on_servers
from tests.support.postgres_server import Server

AT = datetime(2026, 5, 1, tzinfo=UTC)
RANDOM = np.random.default_rng(3)
PHOTO = RANDOM.bytes(300_000)
VECTOR = RANDOM.standard_normal(512, dtype=np.float32)
PROOF = b"I authorise the union to act for my likeness. " * 20


@contextmanager
def furnished(root: Path) -> Iterator[Workspace]:
    """A workspace with a person, whose photo, vector and proof are sealed."""
    init_workspace(root)
    with open_workspace(root) as workspace:
        with workspace.session() as session:
            subject = add_subject(session, add_party(session, "Union", PartyKind.UNION), "Ada", SubjectKind.PERSON)
            reference = add_reference(session, workspace.vault, subject, PHOTO, file_name="ada.jpg")
            store_template(session, Template(subject.id, reference.id, "face-a", {"vector": VECTOR}))
            add_mandate(session, workspace.vault, subject, PROOF, verified_by="R. Reader", starts_at=AT)
            session.commit()
        yield workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with furnished(tmp_path / "work") as workspace:
        yield workspace


def raw_bytes(root: Path) -> bytes:
    """Every file of the workspace but the key, and what it has on servers."""
    files = [path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file() and path.name != "data.key"]
    return b"\x00".join([*files, *held_on_servers(root).values()])


def windows(secret: bytes, step: int) -> Iterator[bytes]:
    return (secret[start : start + 16] for start in range(0, len(secret) - 16, step))


def read_all(workspace: Workspace, session: Session) -> tuple[bytes, np.ndarray]:
    (reference,) = list_references(session)
    (template,) = load_gallery_templates(session, ["face-a"], AT)
    return b"".join(workspace.vault.chunks(reference.sha256)), template.arrays["vector"]


def assert_readable(workspace: Workspace) -> None:
    with workspace.session() as session:
        photo, vector = read_all(workspace, session)
    assert photo == PHOTO
    assert np.array_equal(vector, VECTOR)


def test_without_the_key_the_raw_files_yield_no_photo_and_no_vector(workspace: Workspace) -> None:
    assert_readable(workspace)
    root = workspace.root
    raw = raw_bytes(root)
    for secret, step in ((PHOTO, 1000), (VECTOR.tobytes(), 64), (PROOF, 46)):
        assert not any(window in raw for window in windows(secret, step))
    with directly(root / "semblance.db") as database:
        rows = database.execute("SELECT arrays FROM template").fetchall()
    assert rows
    assert all(is_sealed(row[0]) for row in rows)

    key = (root / "keys" / "data.key").rename(root.parent / "taken-away.key")
    with open_workspace(root) as without, without.session() as session:
        (reference,) = list_references(session)
        with pytest.raises(KeyAbsent, match="Restore"):
            next(without.vault.chunks(reference.sha256))
        with pytest.raises(KeyAbsent), without.vault.opened(reference.sha256):
            raise AssertionError("it was opened")
        with pytest.raises(KeyAbsent):
            load_gallery_templates(session, ["face-a"], AT)
        # No second key takes the lost one's place while something waits for it.
        with pytest.raises(KeyAbsent):
            without.vault.put([b"another photo"], private=True)
    assert not (root / "keys" / "data.key").exists()
    key.rename(root / "keys" / "data.key")
    with open_workspace(root) as again:
        assert_readable(again)


def test_a_rotation_reseals_everything_and_drops_the_old_key(workspace: Workspace) -> None:
    before = keys_from_text((workspace.keys / "data.key").read_text())
    with workspace.session() as session:
        done = rotate(session, workspace.vault, new_key=True)
    assert (done.templates, done.objects, done.were_clear, done.finished) == (1, 2, 0, True)
    after = keys_from_text((workspace.keys / "data.key").read_text())
    assert len(after.keys) == 1
    assert after != before
    assert before.current not in raw_bytes(workspace.root)
    assert_readable(workspace)


def test_a_rotation_ends_on_a_server_although_it_read_what_is_to_be_rewritten(tmp_path: Path, postgres_server: Server) -> None:
    postgres_server.begin(tmp_path / "work")
    with furnished(tmp_path / "work") as workspace:
        with workspace.session() as session:
            assert rotate(session, workspace.vault, new_key=True).finished
        assert len(keys_from_text((workspace.keys / "data.key").read_text()).keys) == 1
        assert_readable(workspace)


def test_an_interrupted_rotation_reads_and_goes_on(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(Exception):
        pass

    def killed() -> int:
        raise Killed

    with workspace.session() as session, monkeypatch.context() as patch:
        patch.setattr(workspace.vault, "renew", killed)
        with pytest.raises(Killed):
            rotate(session, workspace.vault, new_key=True)
    assert len(keys_from_text((workspace.keys / "data.key").read_text()).keys) == 2
    with open_workspace(workspace.root) as again:
        assert_readable(again)
        with again.session() as session:
            done = rotate(session, again.vault, new_key=False)
        assert (done.templates, done.objects, done.finished) == (0, 2, True)
        assert_readable(again)
    assert len(keys_from_text((workspace.keys / "data.key").read_text()).keys) == 1


def test_what_the_first_version_kept_in_the_clear_is_read_and_sealed(workspace: Workspace) -> None:
    with workspace.session() as session:
        row = session.exec(select(TemplateRow)).one()
        row.arrays = to_bytes({"vector": VECTOR})
        session.add(row)
        (reference,) = list_references(session)
        workspace.vault.delete(reference.sha256, private=True)
        workspace.vault.put([PHOTO])
        session.commit()
        assert clear_templates(session) == 1
    assert_readable(workspace)
    with workspace.session() as session:
        done = rotate(session, workspace.vault, new_key=False)
        assert (done.templates, done.were_clear, done.finished) == (1, 1, True)
        assert clear_templates(session) == 0
    assert not any(window in raw_bytes(workspace.root) for window in windows(VECTOR.tobytes(), 64))
    assert not any(window in raw_bytes(workspace.root) for window in windows(PHOTO, 5000))
    assert_readable(workspace)


def test_the_key_may_come_from_the_environment_but_not_from_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.settings import SettingsRefused
    from registry.crypto import Keyring, keys_to_text, new_key

    text = keys_to_text(Keyring((new_key(),)))
    monkeypatch.setenv("SEMBLANCE_KEYS__SECRET", text)
    init_workspace(tmp_path / "work")
    with open_workspace(tmp_path / "work") as workspace:
        stored = workspace.vault.put([b"photo"], private=True)
        assert b"".join(workspace.vault.chunks(stored.sha256)) == b"photo"
        assert text.splitlines()[1] not in repr(workspace.settings)
        assert not (workspace.keys / "data.key").exists()
    (tmp_path / "work" / "semblance.toml").write_text('[keys]\nsecret = "AAAA"\n', encoding="utf-8")
    with pytest.raises(SettingsRefused, match="holds the key itself"), open_workspace(tmp_path / "work"):
        raise AssertionError("it was opened")
